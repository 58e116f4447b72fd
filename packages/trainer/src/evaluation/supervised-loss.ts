import { type Examples, mapExamples, type TokenizedExample } from '@ais/data';
import type { CausalLanguageModel, PromptResponse } from '@ais/language-model';
import * as tf from '@tensorflow/tfjs-core';
import { TrainerError } from '../errors.js';
import { chunksByLength } from '../inference/length-chunks.js';
import { requireFinite } from '../inference/require-finite.js';
import { sum } from '../run/mean.js';

export interface WeightedSequence {
  readonly tokens: readonly number[];
  /** One weight a token; the first token is given, never predicted, and weighs 0. */
  readonly weights: readonly number[];
  readonly weight: number;
}

/** A negative log-likelihood in nats, and the response tokens that it is of. */
export type SummedLoss = { readonly total: number; readonly tokens: number };

/**
 * The mean negative log-likelihood of the examples' response tokens, without training.
 *
 * @param options.batchSize sequences in memory at once; 16 by default
 * @returns nats per token, over all response tokens of all examples
 * @throws {TrainerError} `invalid-option` for a `batchSize` that is not an integer, or below 1; or without a response token
 * @throws {TrainerError} `non-finite-model` naming the example whose log-probability is NaN or infinite
 * @example
 * const before = await supervisedLoss(policy, examples);
 * console.log(before.toFixed(1)); // 2.8
 */
export async function supervisedLoss(
  model: CausalLanguageModel,
  examples: Examples<TokenizedExample>,
  options: { readonly batchSize?: number; readonly signal?: AbortSignal } = {},
): Promise<number> {
  const { total, tokens } = await summedLoss(model, examples, options);
  if (tokens === 0) {
    throw new TrainerError(
      'invalid-option',
      `There is no response token to measure the loss on, got ${examples.length === 0 ? 'no examples' : 'examples with empty responses'}.`,
    );
  }
  return total / tokens;
}

/** As {@link supervisedLoss}, before it is divided. */
export async function summedLoss(
  model: CausalLanguageModel,
  examples: Examples<TokenizedExample>,
  options: { readonly batchSize?: number; readonly signal?: AbortSignal } = {},
): Promise<SummedLoss> {
  const sequences = mapExamples(examples, (example) => weightedSequence(example, 0));
  let total = 0;
  let tokens = 0;
  const { batchSize = 16, signal } = options;
  for await (const chunk of chunksByLength(sequences, ({ tokens }) => tokens.length, batchSize, signal)) {
    const logProbs = tf.tidy(() => model.sequenceLogProbs(chunk.map(({ item }) => item)));
    const values = await logProbs.data();
    logProbs.dispose();
    requireFinite(values, 'log π(y|x)', (row) => `example "${examples.at(chunk[row]?.index ?? row)?.id}"`);
    for (const value of values) total -= value;
    for (const { item } of chunk) tokens += item.weight;
  }
  return { total, tokens };
}

export function weightedSequence(
  { prompt, response }: PromptResponse,
  promptWeight: number,
): WeightedSequence {
  const weights = [...prompt.map(() => promptWeight), ...response.map(() => 1)];
  weights[0] = 0;
  return {
    tokens: [...prompt, ...response],
    weights,
    weight: sum(weights),
  };
}
