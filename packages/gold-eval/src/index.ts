export { GoldEvalError, type GoldEvalErrorCode } from './errors.js';
export {
  type CompareAtKlOptions,
  type ComparisonAtKl,
  compareAtKl,
  type KlAtWinRate,
  klAtWinRate,
  type WinRateAtKl,
  winRateAtKl,
  winRateKlFrontier,
} from './frontier/frontier.js';
export { type FrontierPoint, frontierBand } from './frontier/frontier-band.js';
export {
  type EvaluationPoint,
  type OverOptimization,
  overOptimization,
} from './frontier/over-optimization.js';
export { type CompareAllOptions, compareAll } from './scoring/compare-all.js';
export { type HttpScorerOptions, httpScorer } from './scoring/http-scorer.js';
export { labelOutcomes } from './scoring/label-outcomes.js';
export { type LabelOptions, labelPairs, type PairLabel } from './scoring/label-pairs.js';
export type { Outcome, PairText, PairVerdict, PairwiseJudge } from './scoring/pairwise-judge.js';
export { type ScoreAllOptions, scoreAll } from './scoring/score-all.js';
export {
  centeredScorer,
  functionScorer,
  type JudgeCallOptions,
  type ScoredText,
  type Scorer,
} from './scoring/scorer.js';
export {
  type ScorerVerification,
  type VerifyOptions,
  type VerifyScorerOptions,
  verifyPairwiseJudge,
  verifyScorer,
} from './scoring/verify-scorer.js';
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
} from './seeds/curves-over-seeds.js';
export {
  bootstrapOverSeeds,
  meanOverSeeds,
  type SeedSample,
  type SeedsBootstrapOptions,
  type SeedsEstimate,
  seedsInterval,
} from './seeds/seeds-interval.js';
export type { BootstrapOptions } from './statistics/bootstrap.js';
export type { Interval } from './statistics/wilson-interval.js';
export { comparePolicies, type PairedComparison } from './win-rate/compare-policies.js';
export {
  type JudgeAgreement,
  type JudgeAgreementOptions,
  judgeAgreement,
} from './win-rate/judge-agreement.js';
export {
  type LengthControlledWinRate,
  lengthControlledWinRate,
} from './win-rate/length-controlled-win-rate.js';
export { type PositionBias, positionBias } from './win-rate/position-bias.js';
export {
  type CalibrationBin,
  type PreferenceAccuracy,
  preferenceAccuracy,
} from './win-rate/preference-accuracy.js';
export {
  pairOutcomes,
  type WinRate,
  type WinRateOptions,
  winRate,
  winRateOfOutcomes,
} from './win-rate/win-rate.js';
