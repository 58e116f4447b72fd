export type { Divergence } from './divergence.js';
export {
  categoricalKl,
  type EnumerablePolicy,
  type EnumeratedKl,
  type EnumeratedResponse,
  type EnumerationOptions,
  enumerableKl,
} from './enumerable-kl.js';
export { k1, k2, k3 } from './estimators.js';
export { type ExactKlOptions, exactKl, type LogitRows } from './exact-kl.js';
export { type Gaussian, type GaussianMixture, gaussianKl, mixtureKl } from './gaussian-kl.js';
export { KlInputError, type KlInputErrorCode } from './kl-input-error.js';
export {
  type MixtureStudy,
  type MixtureStudyOptions,
  mixtureStudy,
  type StudiedLoss,
} from './mixture-study.js';
export { type SequenceKl, sequenceKl, sequenceSums, summarizeSums } from './sequence-kl.js';
