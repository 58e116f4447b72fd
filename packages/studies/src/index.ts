export type { Claim, ClaimVerdict, StudyData } from './data/study-data.js';
export { requireDemoBackend, requireDemoMemory } from './demo-model/requirements.js';
export { StagesFailed, StudyError, type StudyErrorCode } from './errors.js';
export {
  describeStudies,
  type PlannedLook,
  type PlannedStage,
  type StudyPlanDescription,
} from './plan/describe-plan.js';
export { studyStoreAt } from './plan/study-store.js';
export { type RunStudiesOptions, runStudies, type StudyStanding } from './run/run-studies.js';
export {
  type StudyArray,
  type StudySbatchOptions,
  writeStudySbatch,
} from './run/study-sbatch.js';
export { runSearch } from './run/study-search.js';
export {
  runStageOrder,
  runStudyWorker,
  type StageOrderOptions,
  type StudyQueueStatus,
  type StudyWorkerOptions,
  studyQueueStatus,
} from './run/study-worker.js';
export { builtInStudies, type StudyCatalog, studyCatalog } from './study/catalog.js';
export { loadStudy } from './study/load-study.js';
export type { ComputedStudy, DrawStudy, PolicyStudy, Study, StudyRunSettings } from './study/study.js';
