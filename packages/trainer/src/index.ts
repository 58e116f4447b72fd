export {
  type AdamW,
  type AdamWSettings,
  type AdamWState,
  createAdamW,
  type Gradients,
  type Parameters,
} from './adamw.js';
export {
  ConfigurationMismatch,
  NonFiniteTraining,
  TrainerError,
  type TrainerErrorCode,
  TrainingInterrupted,
} from './errors.js';
export { fingerprintExamples, fingerprintParameters } from './fingerprint.js';
export { accumulateGradients, type BatchGradients, type ExampleLosses } from './gradient-accumulation.js';
export { clippingFactor, globalNorm } from './gradient-clipping.js';
export { type MetricsLine, readMetrics } from './metrics-log.js';
export type { Json, JsonObject } from './run-directory.js';
export {
  constantSchedule,
  cosineSchedule,
  linearSchedule,
  resolveWarmupSteps,
  type Schedule,
  type SchedulePosition,
} from './schedules.js';
export { runTraining } from './training-loop.js';
export type {
  EvaluationContext,
  Metrics,
  TrainingOptions,
  TrainingProgress,
  TrainingResult,
} from './training-options.js';
export type { TrainingStage } from './training-stage.js';
