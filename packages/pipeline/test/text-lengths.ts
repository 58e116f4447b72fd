import type { Lengths } from '../src/corpus/counted-lengths.js';

/** Lengths that the short texts of tests fit into; what does not is dropped or cut. */
export const textLengths: Lengths = {
  maxPromptTokens: 90,
  maxResponseTokens: 40,
  longPrompts: 'drop',
  longResponses: 'cut',
};
