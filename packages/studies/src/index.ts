export { builtInStudies, type StudyCatalog, studyCatalog } from './catalog/catalog.js';
export { loadStudy } from './catalog/load-study.js';
export type { Claim, ClaimVerdict, StudyData } from './data/study-data.js';
export type { StudyRunSettings } from './data/study-run-settings.js';
export { requireDemoBackend, requireDemoMemory } from './demo-model/requirements.js';
export { StagesFailed, StudyError, type StudyErrorCode } from './errors.js';
export {
  describeStudies,
  type PlannedLook,
  type PlannedStage,
  type StudyPlanDescription,
} from './plan/describe-plan.js';
export { type ReachedLook, reachedLooks } from './plan/reached-looks.js';
export { requireStudyStore, studyStoreAt } from './plan/study-store.js';
export { type RunStudiesOptions, runStudies, type StudyStanding } from './run/run-studies.js';
export {
  requireOneLook,
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
export type { ComputedStudy, DrawStudy, PolicyStudy, Study } from './study/study.js';
