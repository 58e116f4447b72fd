export { comparePolicies, type PairedComparison } from './compare-policies.js';
export {
  type CompareAtKlOverSeedsOptions,
  compareAtKlOverSeeds,
  type FallOverSeeds,
  fallOverSeeds,
  frontierOverSeeds,
  klAtWinRateOverSeeds,
  type PeakOverSeeds,
  peakOverSeeds,
  type SeedCurves,
  type SeedsComparisonAtKl,
} from './curves-over-seeds.js';
export {
  type CompareAtKlOptions,
  type ComparisonAtKl,
  compareAtKl,
  type KlAtWinRate,
  klAtWinRate,
  type WinRateAtKl,
  winRateAtKl,
  winRateKlFrontier,
} from './frontier.js';
export { type FrontierPoint, frontierBand } from './frontier-band.js';
export { GoldEvalError, type GoldEvalErrorCode } from './gold-eval-error.js';
export { type HttpScorerOptions, httpScorer } from './http-scorer.js';
export { type LabelOptions, labelPairs, type PairLabel } from './label-pairs.js';
export { type LengthControlledWinRate, lengthControlledWinRate } from './length-controlled-win-rate.js';
export { type McNemar, mcnemar } from './mcnemar.js';
export { type BootstrapOptions, bootstrapInterval } from './mean-difference.js';
export { type EvaluationPoint, type OverOptimization, overOptimization } from './over-optimization.js';
export { type CalibrationBin, type PreferenceAccuracy, preferenceAccuracy } from './preference-accuracy.js';
export {
  centeredScorer,
  functionScorer,
  type ScoreAllOptions,
  type ScoredText,
  type Scorer,
  scoreAll,
} from './scorer.js';
export {
  bootstrapOverSeeds,
  meanOverSeeds,
  type SeedSample,
  type SeedsBootstrapOptions,
  type SeedsEstimate,
  seedsInterval,
} from './seeds-interval.js';
export { studentQuantile } from './student-quantile.js';
export { type Interval, wilsonInterval } from './wilson-interval.js';
export {
  pairOutcomes,
  type WinRate,
  type WinRateOptions,
  winRate,
  winRateOfOutcomes,
} from './win-rate.js';
