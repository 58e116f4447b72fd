export {
  ConfigurationMismatch,
  NonFiniteTraining,
  TrainerError,
  type TrainerErrorCode,
  TrainingInterrupted,
} from './errors.js';
export { type EvaluateKlOptions, evaluateKl, type KlEvaluation } from './evaluation/evaluate-kl.js';
export {
  type EvaluatePolicyOptions,
  evaluatePolicy,
  type JudgedResponse,
  type PolicyEvaluation,
  type PolicyEvaluator,
  type PolicyEvaluatorOptions,
  policyEvaluator,
} from './evaluation/evaluate-policy.js';
export { evaluatePreference } from './evaluation/evaluate-preference.js';
export { evaluateRewardModel } from './evaluation/evaluate-reward-model.js';
export { supervisedLoss } from './evaluation/supervised-loss.js';
export {
  computeReferenceLogProbs,
  type ReferenceLogProbs,
  type ReferenceLogProbsOptions,
  readReferenceLogProbs,
} from './inference/reference-log-probs.js';
export { rewardModelScorer } from './inference/reward-model-scorer.js';
export {
  type ResponseSample,
  type SampleResponsesOptions,
  sampleResponses,
} from './inference/sample-responses.js';
export { type ScoreOptions, scoreSequences } from './inference/score-sequences.js';
export type { CheckpointSelection, EvaluationRecord } from './loop/checkpoint-selection.js';
export { tensorBoard } from './loop/tensor-board.js';
export type {
  RunControl,
  TrainingCallback,
  TrainingEvents,
  TrainingProgress,
  WarningCode,
} from './loop/training-callbacks.js';
export { runTraining } from './loop/training-loop.js';
export type { WatchOptions } from './loop/training-monitor.js';
export type {
  EvaluationContext,
  LoraOptions,
  Metrics,
  TrainingOptions,
  TrainingResult,
} from './loop/training-options.js';
export type { TrainingStage } from './loop/training-stage.js';
export { type AnyObjective, probeObjective } from './objective/objective-probe.js';
export {
  type AdamW,
  type AdamWSettings,
  type AdamWState,
  createAdamW,
  type Gradients,
  type Parameters,
} from './optimizer/adamw.js';
export {
  accumulateGradients,
  type BatchGradients,
  type ExampleLosses,
} from './optimizer/gradient-accumulation.js';
export { clippingFactor, globalNorm } from './optimizer/gradient-clipping.js';
export {
  constantSchedule,
  cosineSchedule,
  linearSchedule,
  resolveWarmupSteps,
  type Schedule,
  type SchedulePosition,
} from './optimizer/schedules.js';
export { isWhole as isWholeCheckpoint } from './run/checkpoint.js';
export { fingerprintExamples, fingerprintParameters } from './run/fingerprint.js';
export type { Json, JsonObject } from './run/json.js';
export { type MetricsLine, readMetrics } from './run/metrics-log.js';
export { inParts, openPartialWork, type PartialWork, partialWorkInputs } from './run/partial-work.js';
export type {
  OnPolicyOptions,
  OnPolicyRoles,
  ScoredSample,
  TokenizedPrompt,
} from './stages/on-policy-samples.js';
export { type OnlinePreferenceOptions, trainOnlinePreference } from './stages/online-preference.js';
export { type PolicyGradientOptions, paperRloo, trainPolicyGradient } from './stages/policy-gradient.js';
export { type PreferenceOptions, trainPreference } from './stages/preference.js';
export type { ReferenceSync } from './stages/reference-sync.js';
export {
  type RewardModelOptions,
  type RewardModelResult,
  trainRewardModel,
} from './stages/reward-model.js';
export { type SftOptions, trainSft } from './stages/sft.js';
