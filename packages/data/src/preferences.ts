export {
  filterByMargin,
  flipLabels,
  type LabeledPair,
  type MarginLimits,
} from './preferences/pair-filters.js';
export {
  pairsFromSamples,
  type SamplePairsCounts,
  type ScoredComparison,
} from './preferences/pairs-from-samples.js';
export {
  type PreferencePairsCounts,
  type PreferencePairsOptions,
  preferencePairs,
  type ScoredPair,
  type ScoredResponse,
} from './preferences/preference-pairs.js';
export {
  type MixPairsOptions,
  mixPairs,
  type ShiftedSet,
  type ShiftedSetsOptions,
  shiftedSets,
} from './preferences/shifted-sets.js';
export {
  decodePairs,
  type WriteComparisonsOptions,
  writeComparisons,
} from './preferences/write-comparisons.js';
