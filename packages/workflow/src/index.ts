export { type DirectoryStore, type DirectoryStoreOptions, directoryStore } from './directory-store.js';
export { WorkflowError, type WorkflowErrorCode } from './errors.js';
export type { Executor, PlanContext, PlanOutcome } from './executor.js';
export { type LocalExecutorOptions, localExecutor } from './local-executor.js';
export { openStore } from './open-store.js';
export { performOrder } from './perform-order.js';
export { type ExecutionContext, performStage } from './perform-stage.js';
export { readOrder } from './read-order.js';
export { type RunStagesOptions, runStages, type StageNames, type StagesOutcome } from './run-stages.js';
export {
  type RemainingStages,
  remainingStages,
  type SizedStage,
  type StageSize,
  stageDurations,
} from './stage-durations.js';
export type {
  InputsOf,
  ResultOf,
  SettingsOf,
  StageContext,
  StageKind,
  StageProgress,
} from './stage-kind.js';
export { type StageOrder, type StagePlace, stageOrder } from './stage-order.js';
export type { StageRegistry } from './stage-registry.js';
export { type StageNeeds, type StageSpec, stageSpec, stagesInOrder } from './stage-spec.js';
export type { StageAttempt, StageRecord, StageState, StageStore, StoreAddress } from './stage-store.js';
