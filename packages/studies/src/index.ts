export type { SearchData, SearchedRate } from './collect/search-data.js';
export type { ReportedPoint, ReportedSample, ReportedWinRate } from './data/reported.js';
export {
  type Claim,
  type ClaimVerdict,
  isMixtureStudy,
  type MixtureStudyData,
  type PairWeights,
  type PolicyStudyData,
  type PreferenceData,
  type StudyData,
  type StudyGold,
  type StudyMethod,
  type StudyPairs,
  type StudyRun,
  type StudyScale,
  type TrainingPoint,
} from './data/study-data.js';
export { StagesFailed, StudyError, type StudyErrorCode } from './errors.js';
export { describeStudies, type PlannedStage, type StudyPlanDescription } from './plan/describe-plan.js';
export { redrawReport } from './run/redraw-report.js';
export { type RunStudiesOptions, runStudies, type StudyStanding } from './run/run-studies.js';
export { runSearch } from './run/study-search.js';
export {
  configuredStudies,
  configureStudies,
  keepStudyConfiguration,
  readStudyConfiguration,
  type StudyConfiguration,
  type StudyRequest,
} from './settings/study-configuration.js';
export {
  isMixtureSettings,
  type MixtureStudySettings,
  type PolicyStudySettings,
  type StudySettings,
  studyJsonSchema,
} from './settings/study-settings.js';
export { builtInStudies, type StudyCatalog, studyCatalog } from './study/catalog.js';
export { studyFileJsonSchema } from './study/described-study.js';
export { loadStudy } from './study/load-study.js';
export type { ComputedStudy, DrawStudy, PolicyStudy, Study, StudyRunSettings } from './study/study.js';
export { renderStudyFigures } from './study-report/render-study-figures.js';
export { renderStudyMarkdown, type StudyMarkdownOptions } from './study-report/render-study-markdown.js';
export { renderStudyReport } from './study-report/render-study-report.js';
export { studySummary } from './study-report/study-summary.js';
export { compareRuns } from './training-runs/compare-runs.js';
export { renderTrainingReport, writeTrainingReport } from './training-runs/training-report.js';
