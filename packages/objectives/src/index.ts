export {
  checkBatch,
  checkTokens,
  type PairBatch,
  type ReferenceFreePairBatch,
  type SampleBatch,
  type TokenPairBatch,
  type TokenRows,
  type TokenSampleBatch,
  type TokenUnpairedBatch,
  type UnpairedBatch,
} from './contract/batch.js';
export { checkObjective } from './contract/check-objective.js';
export type {
  Evaluation,
  Metrics,
  Objective,
  Requirements,
  SpecificationVersion,
} from './contract/objective.js';
export { specificationVersion } from './contract/specification-version.js';
export { ObjectivesError, type ObjectivesErrorCode } from './errors.js';
export {
  type AdaptiveImportance,
  adaptiveImportance,
  type ImportanceOptions,
} from './importance/adaptive-importance.js';
export { effectiveSampleSize } from './importance/effective-sample-size.js';
export { fixed } from './importance/fixed.js';
export { importanceWeighted } from './importance/importance-weighted.js';
export { importanceWeights } from './importance/importance-weights.js';
export { inverseLength } from './importance/inverse-length.js';
export { inverseSqrtLength } from './importance/inverse-sqrt-length.js';
export type { ClipBounds, RatioBounds } from './importance/ratio-bounds.js';
export type { Smoothing } from './importance/smoothing.js';
export { type TokenWeightOptions, tokenWeighted } from './importance/token-weighted.js';
export type { VespoKernel, VespoOptions } from './importance/vespo-kernel.js';
export { type WeightBounds, type WeightBoundsOptions, weightBounds } from './importance/weight-bounds.js';
export { exponential } from './losses/exponential.js';
export type { FLoss } from './losses/f-loss.js';
export { hinge } from './losses/hinge.js';
export { type LogisticOptions, logistic } from './losses/logistic.js';
export { savage } from './losses/savage.js';
export { squared } from './losses/squared.js';
export { truncatedQuadratic } from './losses/truncated-quadratic.js';
export { preferenceMetrics } from './metrics/preference-metrics.js';
export { sumByRow, takeByRow, tokenPositions } from './numerics/by-row.js';
export { detach, withoutGradient } from './numerics/detach.js';
export { logOdds } from './numerics/log-odds.js';
export { logSigmoid } from './numerics/log-sigmoid.js';
export { safeExponential } from './numerics/safe-exponential.js';
export { sigmoid } from './numerics/sigmoid.js';
export { type AlphaPoOptions, alphaPo } from './objectives/alpha-po.js';
export { type ChiPoOptions, chiPo } from './objectives/chi-po.js';
export { type ChosenSftOptions, chosenSft } from './objectives/chosen-sft.js';
export { type CispoOptions, cispo } from './objectives/cispo.js';
export { type CpoOptions, cpo } from './objectives/cpo.js';
export { type DirectAlignmentOptions, directAlignment } from './objectives/direct-alignment.js';
export { type DpoOptions, dpo } from './objectives/dpo.js';
export { type GspoOptions, gspo } from './objectives/gspo.js';
export { type HumanlineOptions, humanline } from './objectives/humanline.js';
export { type HyPoOptions, hyPo } from './objectives/hy-po.js';
export { type IpoOptions, ipo } from './objectives/ipo.js';
export { type KtoOptions, kto } from './objectives/kto.js';
export { type LdDpoOptions, ldDpo } from './objectives/ld-dpo.js';
export {
  type LengthRegularizedDpoOptions,
  lengthRegularizedDpo,
} from './objectives/length-regularized-dpo.js';
export { type LuspoOptions, luspo } from './objectives/luspo.js';
export { type OrpoOptions, orpo } from './objectives/orpo.js';
export {
  type PairwisePolicyGradientOptions,
  pairwisePolicyGradient,
  type RewardedPairBatch,
} from './objectives/pairwise-policy-gradient.js';
export { type RebelOptions, rebel, type ScoredPairBatch } from './objectives/rebel.js';
export {
  type RewardModelLossOptions,
  rewardModelLoss,
  type ScoreBatch,
} from './objectives/reward-model-loss.js';
export { type RlooOptions, rloo } from './objectives/rloo.js';
export { type RpoOptions, rpo } from './objectives/rpo.js';
export { type ResponseBatch, type SftLossOptions, sftLoss } from './objectives/sft-loss.js';
export { type SimpoOptions, simpo } from './objectives/simpo.js';
export { type SlicOptions, slic } from './objectives/slic.js';
export { type WeightedTerm, weightedSum } from './objectives/weighted-sum.js';
export { type WpoOptions, wpo } from './objectives/wpo.js';
export { type LogRatios, type PairFormula, pairObjective } from './pairs/pair-objective.js';
