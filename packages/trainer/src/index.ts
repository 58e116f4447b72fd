export {
  type AdamW,
  type AdamWSettings,
  type AdamWState,
  createAdamW,
  type Gradients,
  type Parameters,
} from './adamw.js';
export { isWhole as isWholeCheckpoint } from './checkpoint.js';
export type { CheckpointSelection, EvaluationRecord } from './checkpoint-selection.js';
export {
  ConfigurationMismatch,
  NonFiniteTraining,
  TrainerError,
  type TrainerErrorCode,
  TrainingInterrupted,
} from './errors.js';
export { type EvaluateKlOptions, evaluateKl, type KlEvaluation } from './evaluate-kl.js';
export {
  type EvaluatePolicyOptions,
  evaluatePolicy,
  type JudgedResponse,
  type PolicyEvaluation,
} from './evaluate-policy.js';
export { evaluatePreference } from './evaluate-preference.js';
export { fingerprintExamples, fingerprintParameters } from './fingerprint.js';
export { accumulateGradients, type BatchGradients, type ExampleLosses } from './gradient-accumulation.js';
export { clippingFactor, globalNorm } from './gradient-clipping.js';
export type { Json, JsonObject } from './json.js';
export { type MetricsLine, readMetrics } from './metrics-log.js';
export { type OnlinePreferenceOptions, trainOnlinePreference } from './online-preference.js';
export { openPartialWork, type PartialWork, partialWorkInputs } from './partial-work.js';
export { type PolicyGradientOptions, paperRloo, trainPolicyGradient } from './policy-gradient.js';
export { type PreferenceOptions, trainPreference } from './preference.js';
export {
  computeReferenceLogProbs,
  type ReferenceLogProbs,
  type ReferenceLogProbsOptions,
  readReferenceLogProbs,
} from './reference-log-probs.js';
export type { ReferenceSync } from './reference-sync.js';
export {
  evaluateRewardModel,
  type RewardModelOptions,
  type RewardModelResult,
  trainRewardModel,
} from './reward-model.js';
export { rewardModelScorer } from './reward-model-scorer.js';
export { lockRun } from './run-lock.js';
export type {
  OnPolicyOptions,
  OnPolicyRoles,
  SampledResponse,
  TokenizedPrompt,
} from './sample-responses.js';
export {
  constantSchedule,
  cosineSchedule,
  linearSchedule,
  resolveWarmupSteps,
  type Schedule,
  type SchedulePosition,
} from './schedules.js';
export { type ScoreOptions, scoreSequences } from './score-sequences.js';
export { type SftOptions, supervisedLoss, trainSft } from './sft.js';
export { tensorBoard } from './tensor-board.js';
export type {
  RunControl,
  TrainingCallback,
  TrainingEvents,
  TrainingProgress,
  WarningCode,
} from './training-callbacks.js';
export { runTraining } from './training-loop.js';
export type { WatchOptions } from './training-monitor.js';
export type {
  EvaluationContext,
  LoraOptions,
  Metrics,
  TrainingOptions,
  TrainingResult,
} from './training-options.js';
export type { TrainingStage } from './training-stage.js';
