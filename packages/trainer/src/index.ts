export {
  ConfigurationMismatch,
  NonFiniteTraining,
  TrainerError,
  type TrainerErrorCode,
  TrainingInterrupted,
} from './errors.js';
export {
  type EvaluateInPartsOptions,
  evaluateInParts,
  evaluateShard,
} from './evaluation/evaluate-in-parts.js';
export { type EvaluateKlOptions, evaluateKl, type KlEvaluation } from './evaluation/evaluate-kl.js';
export {
  type EvaluatePolicyOptions,
  evaluatePolicy,
  type PolicyEvaluator,
  policyEvaluator,
} from './evaluation/evaluate-policy.js';
export { evaluatePreference } from './evaluation/evaluate-preference.js';
export { evaluateRewardModel } from './evaluation/evaluate-reward-model.js';
export type {
  EvaluationControl,
  JudgedResponse,
  MeasuredKl,
  PolicyEvaluation,
  PolicyEvaluatorOptions,
} from './evaluation/policy-evaluation.js';
export { supervisedLoss } from './evaluation/supervised-loss.js';
export type { ProcessGroup } from './group/process-group.js';
export {
  computeReferenceLogProbs,
  computeReferenceShard,
  openReferenceLogProbs,
  type ReferenceLogProbs,
  type ReferenceLogProbsOptions,
} from './inference/reference-log-probs.js';
export type { CheckpointSelection } from './loop/checkpoint-selection.js';
export { tensorBoard } from './loop/tensor-board.js';
export type {
  RunControl,
  TrainingCallback,
  TrainingEvents,
  TrainingProgress,
  WarningCode,
} from './loop/training-callbacks.js';
export type { WatchOptions } from './loop/training-monitor.js';
export type {
  EvaluationContext,
  LoraOptions,
  Metrics,
  TrainingOptions,
  TrainingResult,
} from './loop/training-options.js';
export type { MomentPrecision } from './optimizer/adam-moments.js';
export type { AdamWSettings } from './optimizer/adamw.js';
export {
  constantSchedule,
  cosineSchedule,
  linearSchedule,
  type Schedule,
  type SchedulePosition,
} from './optimizer/schedules.js';
export type { OnPolicyOptions, ScoredSample, TokenizedPrompt } from './stages/on-policy-samples.js';
export { type OnlinePreferenceOptions, trainOnlinePreference } from './stages/online-preference.js';
export { type PolicyGradientOptions, paperRloo, trainPolicyGradient } from './stages/policy-gradient.js';
export { type PreferenceOptions, trainPreference } from './stages/preference.js';
export type { ReferenceSync } from './stages/reference-sync.js';
export { type RewardModelOptions, type RewardModelResult, trainRewardModel } from './stages/reward-model.js';
export { type SftOptions, trainSft } from './stages/sft.js';
export {
  evaluateUnpaired,
  type LabeledExample,
  mismatchedPairs,
  trainUnpaired,
  type UnpairedOptions,
} from './stages/unpaired.js';
