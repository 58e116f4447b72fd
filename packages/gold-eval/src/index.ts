export { GoldEvalError, type GoldEvalErrorCode } from './errors.js';
export { type CompareAtKlOptions, type ComparisonAtKl, compareAtKl } from './frontier/compare-at-kl.js';
export type { EvaluationPoint } from './frontier/evaluation-point.js';
export { type FrontierPoint, frontierBand } from './frontier/frontier-band.js';
export { type KlAtWinRate, klAtWinRate } from './frontier/kl-at-win-rate.js';
export { type OverOptimization, overOptimization } from './frontier/over-optimization.js';
export { type WinRateAtKl, winRateAtKl } from './frontier/win-rate-at-kl.js';
export { winRateKlFrontier } from './frontier/win-rate-kl-frontier.js';
export { type CompareAllOptions, compareAll } from './scoring/compare-all.js';
export { type HttpScorerOptions, httpScorer } from './scoring/http-scorer.js';
export {
  type ItemPair,
  isPairwise,
  type Judge,
  type JudgePairsOptions,
  judgePairs,
  verifyJudge,
} from './scoring/judge.js';
export { labelOutcomes } from './scoring/label-outcomes.js';
export { type LabelOptions, labelPairs, type PairLabel } from './scoring/label-pairs.js';
export type { Outcome, PairText, PairVerdict, PairwiseJudge } from './scoring/pairwise-judge.js';
export {
  type ProseResponse,
  proseScore,
  type TypicalProse,
  typicalProse,
} from './scoring/prose-score.js';
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
  type SeedsComparisonAtKl,
} from './seeds/compare-at-kl-over-seeds.js';
export { type FallOverSeeds, fallOverSeeds } from './seeds/fall-over-seeds.js';
export { frontierOverSeeds } from './seeds/frontier-over-seeds.js';
export {
  type FunctionValue,
  functionOfMeans,
  logarithm,
  squareRoot,
} from './seeds/function-of-means.js';
export { klAtWinRateOverSeeds } from './seeds/kl-at-win-rate-over-seeds.js';
export { type PeakOverSeeds, peakOverSeeds } from './seeds/peak-over-seeds.js';
export type { SeedCurves } from './seeds/seed-curves.js';
export {
  bootstrapOverSeeds,
  meanOverSeeds,
  type SeedSample,
  type SeedsBootstrapOptions,
  type SeedsEstimate,
  seedsInterval,
} from './seeds/seeds-interval.js';
export type { BootstrapOptions, ClusteredBootstrapOptions } from './statistics/bootstrap.js';
export type { Clusters } from './statistics/clusters.js';
export { sampleMean } from './statistics/sample-mean.js';
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
