import type { TokenizedExample } from '@ais/data';
import type { CausalLanguageModel } from '@ais/language-model';
import * as tf from '@tensorflow/tfjs-core';
import { chunksByLength } from '../inference/length-chunks.js';

export interface WeightedSequence {
  readonly tokens: readonly number[];
  /** One weight a token; the first token is given, never predicted, and weighs 0. */
  readonly weights: readonly number[];
  readonly weight: number;
}

/**
 * The mean negative log-likelihood of the examples' response tokens, without training.
 *
 * @param options.batchSize sequences in memory at once; 16 by default
 * @returns nats a token, over all response tokens of all examples
 */
export async function supervisedLoss(
  model: CausalLanguageModel,
  examples: readonly TokenizedExample[],
  options: { readonly batchSize?: number; readonly signal?: AbortSignal } = {},
): Promise<number> {
  const sequences = examples.map((example) => weightedSequence(example, 0));
  let total = 0;
  const { batchSize = 16, signal } = options;
  for await (const chunk of chunksByLength(sequences, ({ tokens }) => tokens.length, batchSize, signal)) {
    const logProbs = tf.tidy(() => model.sequenceLogProbs(chunk.map(({ item }) => item)));
    for (const value of await logProbs.data()) total -= value;
    logProbs.dispose();
  }
  return total / sequences.reduce((sum, { weight }) => sum + weight, 0);
}

export function weightedSequence(
  { prompt, response }: TokenizedExample,
  promptWeight: number,
): WeightedSequence {
  const weights = [...prompt.map(() => promptWeight), ...response.map(() => 1)];
  weights[0] = 0;
  return {
    tokens: [...prompt, ...response],
    weights,
    weight: weights.reduce((sum, value) => sum + value, 0),
  };
}
