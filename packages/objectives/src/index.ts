export { checkBatch, type PairBatch, type SampleBatch } from './batch.js';
export type { FLoss } from './f-loss.js';
export {
  type AdaptiveImportance,
  adaptiveImportance,
  type ClipBounds,
  type ImportanceOptions,
} from './importance/adaptive-importance.js';
export { effectiveSampleSize } from './importance/effective-sample-size.js';
export { fixed } from './importance/fixed.js';
export { importanceWeighted } from './importance/importance-weighted.js';
export { importanceWeights } from './importance/importance-weights.js';
export { inverseLength } from './importance/inverse-length.js';
export { inverseSqrtLength } from './importance/inverse-sqrt-length.js';
export type { Smoothing } from './importance/smoothing.js';
export { exponential } from './losses/exponential.js';
export { hinge } from './losses/hinge.js';
export { type LogisticOptions, logistic } from './losses/logistic.js';
export { savage } from './losses/savage.js';
export { squared } from './losses/squared.js';
export { truncatedQuadratic } from './losses/truncated-quadratic.js';
export { preferenceMetrics } from './metrics/preference-metrics.js';
export { detach } from './numerics/detach.js';
export { logSigmoid } from './numerics/log-sigmoid.js';
export { safeExponential } from './numerics/safe-exponential.js';
export type { Evaluation, Metrics, Objective, Requirements } from './objective.js';
export { type DirectAlignmentOptions, directAlignment } from './objectives/direct-alignment.js';
export { type DpoOptions, dpo } from './objectives/dpo.js';
export { type IpoOptions, ipo } from './objectives/ipo.js';
export {
  type RewardModelLossOptions,
  rewardModelLoss,
  type ScoreBatch,
} from './objectives/reward-model-loss.js';
export { type SlicOptions, slic } from './objectives/slic.js';
export { ObjectivesError, type ObjectivesErrorCode } from './objectives-error.js';
