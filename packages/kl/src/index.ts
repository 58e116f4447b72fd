export { type Divergence, type ExactKlOptions, exactKl } from './exact-kl.js';
export { KlInputError, type KlInputErrorCode } from './kl-input-error.js';
export { type SequenceKl, sequenceKl, sequenceSums, summarizeSums } from './sequence-kl.js';
