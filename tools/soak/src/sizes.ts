import type { RunSize } from './small-run.js';

/** Small enough for a step in milliseconds, so that most of the time goes into writing checkpoints. */
export const TINY: RunSize = {
  model: { vocabularySize: 16, hiddenSize: 16, layerCount: 1, headCount: 2, maxPositions: 32 },
  pairs: 30,
  promptTokens: 4,
  responseTokens: 4,
  batchSize: 4,
  microBatchSize: 2,
};

/** A model of 658,944 parameters on responses of a paragraph's length. */
export const SMALL: RunSize = {
  model: { vocabularySize: 1024, hiddenSize: 128, layerCount: 2, headCount: 4, maxPositions: 256 },
  pairs: 2000,
  promptTokens: 64,
  responseTokens: 32,
  batchSize: 8,
  microBatchSize: 4,
  evaluation: { prompts: 16, every: 250 },
};
