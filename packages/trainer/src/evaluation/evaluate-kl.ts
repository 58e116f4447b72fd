import { exactKl, type SequenceKl, sequenceSums, summarizeSums } from '@ais/kl';
import type { CausalLanguageModel, Generation, PromptResponse } from '@ais/language-model';
import * as tf from '@tensorflow/tfjs-core';
import { chunksByLength } from '../inference/length-chunks.js';
import { requireFinite } from '../inference/require-finite.js';
import { sum } from '../run/mean.js';
import { requireWhole } from '../run/require-whole.js';

/** Responses that the models read at once by default. */
const KL_BATCH = 8;

/** Options of `evaluateKl`. */
export interface EvaluateKlOptions {
  /** Most tokens of a response, the end-of-text token included. */
  readonly maxNewTokens: number;
  /** Of the responses; 1 by default, where their mean estimates the KL divergence of whole responses without bias. */
  readonly temperature?: number;
  /** Decides the responses that are sampled. */
  readonly seed: number;
  /** The number of each prompt's random stream; its place by default. So prompts may be measured in parts. */
  readonly streams?: readonly number[];
  /** Responses that the models read at once; 8 by default. Their logits are made some rows at a time. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  /** Told of responses sampled and divergences measured, out of as many as there will be: two per prompt. */
  readonly onProgress?: (completed: number, total: number) => void;
}

/** The exact KL divergence of a policy from its reference, and the responses that it was measured on. */
export interface KlEvaluation extends SequenceKl {
  readonly generations: readonly Generation[];
}

/**
 * Measures how far a policy has moved from its reference, on responses sampled from the policy.
 *
 * `(1/N)·Σ_n Σ_t KL(π_θ(·|x_n, y_{n,<t}) ‖ π_ref(·|x_n, y_{n,<t}))`, one response y_n per prompt, over the full next-token
 * distribution, up to and including end-of-text; in nats.
 *
 * @param policy π_θ
 * @param reference π_ref, with the same vocabulary
 * @param prompts [N], tokens
 * @returns mean, standard error, √KL, and each response's sum in the order of the prompts
 * @throws {TrainerError} `invalid-option` for a `batchSize` that is not an integer, or below 1
 * @throws {TrainerError} `non-finite-model` naming the prompt whose divergence is NaN or infinite
 * @throws the signal's reason when it aborts
 * @example
 * const { mean, squareRoot } = await evaluateKl(policy, reference, [[1, 2], [2]], { maxNewTokens: 4, seed: 1 });
 * console.log(mean > 0, squareRoot === Math.sqrt(mean)); // true true
 */
export async function evaluateKl(
  policy: Pick<CausalLanguageModel, 'generate' | 'responseLogitRows'>,
  reference: Pick<CausalLanguageModel, 'responseLogitRows'>,
  prompts: readonly (readonly number[])[],
  options: EvaluateKlOptions,
): Promise<KlEvaluation> {
  const { maxNewTokens, temperature = 1, seed, streams, batchSize = KL_BATCH, signal } = options;
  requireWhole('batchSize', batchSize, 1);
  const report = (completed: number): void => options.onProgress?.(completed, 2 * prompts.length);
  const generations = await policy.generate(prompts, {
    maxNewTokens,
    temperature,
    seed,
    ...(streams && { streams }),
    ...(signal && { signal }),
    onProgress: ({ finishedResponses }) => report(finishedResponses),
  });
  const responses = prompts.map((prompt): PromptResponse => ({ prompt, response: [] }));
  for (const { prompt, tokens } of generations) {
    responses[prompt] = { prompt: prompts[prompt] ?? [], response: tokens };
  }
  const measured = await klAlongResponses(policy, reference, responses, {
    batchSize,
    ...(signal && { signal }),
    onProgress: (completed) => report(prompts.length + completed),
  });
  return { ...measured, generations };
}

/** How the divergence along responses is measured. */
export interface KlAlongOptions extends Pick<EvaluateKlOptions, 'batchSize' | 'signal'> {
  /** Told of the responses that are measured. */
  readonly onProgress?: (completed: number, total: number) => void;
}

/**
 * The exact KL divergence of a policy from its reference along given responses: as {@link evaluateKl}, which samples them first.
 *
 * @throws {TrainerError} `non-finite-model` naming the response whose divergence is NaN or infinite
 * @throws the signal's reason when it aborts
 */
export async function klAlongResponses(
  policy: Pick<CausalLanguageModel, 'responseLogitRows'>,
  reference: Pick<CausalLanguageModel, 'responseLogitRows'>,
  responses: readonly PromptResponse[],
  { batchSize = KL_BATCH, signal, onProgress }: KlAlongOptions = {},
): Promise<SequenceKl> {
  const sums = new Array<number>(responses.length).fill(0);
  let tokens = 0;
  let completed = 0;
  const length = ({ prompt, response }: PromptResponse): number => prompt.length + response.length;
  for await (const chunk of chunksByLength(responses, length, batchSize, signal)) {
    const rows = chunk.map(({ item }) => item);
    const divergence = tf.tidy(() =>
      exactKl(policy.responseLogitRows(rows), reference.responseLogitRows(rows)),
    );
    const lengths = rows.map(({ response }) => response.length);
    const found = sequenceSums(await divergence.data<'float32'>(), lengths);
    divergence.dispose();
    requireFinite(found, 'KL(π_θ‖π_ref)', (row) => `the response to prompt ${chunk[row]?.index ?? row}`);
    chunk.forEach(({ index }, row) => {
      sums[index] = found[row] ?? Number.NaN;
    });
    tokens += sum(lengths);
    completed += chunk.length;
    onProgress?.(completed, responses.length);
  }
  return summarizeSums(sums, tokens);
}
