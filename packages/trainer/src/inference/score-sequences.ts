import type { Examples } from '@ais/data';
import type { RewardModel } from '@ais/language-model';
import * as tf from '@tensorflow/tfjs-core';
import { chunksByLength } from './length-chunks.js';
import { requireFinite } from './require-finite.js';

/** Options of `scoreSequences`. */
export interface ScoreOptions {
  /** Sequences in memory at once; 32 by default. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (completed: number, total: number) => void;
}

/**
 * Scores whole sequences with a reward model, batch by batch.
 *
 * @param model its scores are centered by its offset
 * @param sequences prompt and response tokens together
 * @returns one reward a sequence, in the order given
 * @throws {TrainerError} `invalid-option` for a `batchSize` that is not an integer, or below 1
 * @throws {TrainerError} `non-finite-model` naming the sequence whose score is NaN or infinite
 * @throws the signal's reason when it aborts
 * @example
 * const rewards = await scoreSequences(gold, generations.map(({ prompt, tokens }) => [...prompts[prompt], ...tokens]));
 */
export async function scoreSequences(
  model: Pick<RewardModel, 'scores'>,
  sequences: Examples<readonly number[]>,
  options: ScoreOptions = {},
): Promise<number[]> {
  const rewards = new Array<number>(sequences.length).fill(Number.NaN);
  let completed = 0;
  const { batchSize = 32, signal } = options;
  for await (const chunk of chunksByLength(sequences, ({ length }) => length, batchSize, signal)) {
    const scores = tf.tidy(() => model.scores(chunk.map(({ item }) => item)));
    const values = await scores.data();
    scores.dispose();
    requireFinite(values, 'The score', (row) => `sequence ${chunk[row]?.index ?? row}`);
    chunk.forEach(({ index }, row) => {
      rewards[index] = values[row] ?? Number.NaN;
    });
    completed += chunk.length;
    options.onProgress?.(completed, sequences.length);
  }
  return rewards;
}
