export { chosenRate, type SearchData, type SearchedFall, type SearchedRate } from './collect/search-data.js';
export type { ReportedPoint, ReportedSample, ReportedWinRate } from './data/reported.js';
export {
  type ExactStudyData,
  isExactStudy,
  isMixtureStudy,
  isPolicyStudy,
  type MixtureStudyData,
  type PairWeights,
  type PolicyStudyData,
  type PreferenceData,
  type StudyGold,
  type StudyJudge,
  type StudyMethod,
  type StudyPairs,
  type StudyRun,
  type StudyScale,
  type TrainingPoint,
} from './data/study-data.js';
