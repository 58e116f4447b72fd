export type { Divergence } from './divergence.js';
export {
  categoricalKl,
  type EnumerablePolicy,
  type EnumeratedKl,
  type EnumeratedResponse,
  type EnumerationOptions,
  enumerableKl,
} from './enumerable-kl.js';
export { KlError, type KlErrorCode } from './errors.js';
export { k1, k2, k3 } from './estimators.js';
export { type ExactKlOptions, exactKl, type LogitRows } from './exact-kl.js';
export { type Gaussian, type GaussianMixture, gaussianKl, mixtureKl } from './gaussian-kl.js';
export { type SequenceKl, sequenceKl, sequenceSums, summarizeSums } from './sequence-kl.js';
