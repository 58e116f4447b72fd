import { type PythiaSize, pythiaConfiguration } from '@ais/language-model/gpt-neox';
import { TINY } from './sizes.js';
import type { RunSize } from './small-run.js';

/** Which model trains for hours; a tiny one is there for tests. */
export type SizeOfHours = PythiaSize | 'tiny';

/** More than any run here will make: the time decides. */
export const MOST_STEPS = 1_000_000;

/** A model of Pythia's size on pairs of a paragraph's length. */
export function sizeOfHours(size: SizeOfHours): RunSize {
  if (size === 'tiny') return TINY;
  return {
    model: pythiaConfiguration(size),
    pairs: 256,
    promptTokens: 64,
    responseTokens: 32,
    batchSize: 4,
    microBatchSize: 1,
  };
}
