import { functionScorer, type Scorer } from '@ais/gold-eval';
import {
  type CausalLanguageModel,
  createModel,
  type Generation,
  type PromptResponse,
} from '@ais/language-model';
import * as tf from '@tensorflow/tfjs-core';

/** One prompt, and responses of one token: every expectation is a sum over the vocabulary. */
export const PROMPT: readonly number[] = [1, 2];
export const TOKENS: readonly number[] = [0, 1, 2, 3, 4, 5];

/** The prompt this many times, as records. */
export const copies = (count: number): { id: string; prompt: readonly number[] }[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${index}`, prompt: PROMPT }));

export function oneTokenModel(seed = 1): CausalLanguageModel {
  return createModel(
    {
      vocabularySize: TOKENS.length,
      hiddenSize: 16,
      layerCount: 1,
      headCount: 2,
      maxPositions: 8,
      initializerRange: 0.3,
    },
    { seed },
  );
}

/** R(y), a reward for each token; no two are equal. */
export const rewardOf = (token: number): number => Math.sin(1.7 * token) + 0.3 * Math.cos(token);

export const tokenScorer: Scorer<PromptResponse> = functionScorer('token', ({ response }: PromptResponse) =>
  rewardOf(response[0] ?? -1),
);

/** log π of each token after the prompt, [vocabulary]; differentiable. */
export function tokenLogProbs(model: CausalLanguageModel): tf.Tensor1D {
  const sequences = TOKENS.map((token) => ({ tokens: [...PROMPT, token], weights: [0, 0, 1] }));
  return model.sequenceLogProbs(sequences);
}

/** The maximum of E_π[R] − β·KL(π‖π_ref): log π* = log π_ref + R/β − log Z. */
export function optimalLogProbs(reference: readonly number[], beta: number): number[] {
  const unnormalized = reference.map((value, token) => value + rewardOf(token) / beta);
  const highest = Math.max(...unnormalized);
  const logSum = highest + Math.log(unnormalized.reduce((sum, value) => sum + Math.exp(value - highest), 0));
  return unnormalized.map((value) => value - logSum);
}

/** KL(p‖q) of two distributions given by their logarithms. */
export function divergence(p: readonly number[], q: readonly number[]): number {
  return p.reduce((sum, value, token) => sum + Math.exp(value) * (value - (q[token] ?? Number.NaN)), 0);
}

/** The model, with these responses to its prompts in place of samples. */
export function withResponses(
  model: CausalLanguageModel,
  responses: readonly (readonly number[])[],
): CausalLanguageModel {
  const generate = async (): Promise<Generation[]> =>
    responses.flatMap((tokens, prompt) =>
      tokens.map((token, sample) => ({ prompt, sample, tokens: [token], logProbs: [0], finished: true })),
    );
  return new Proxy(model, {
    get: (target, key) => {
      if (key === 'generate') return generate;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** The gradient of a scalar by every parameter of a model, in one list. */
export function gradientOf(model: CausalLanguageModel, value: () => tf.Scalar): number[] {
  return tf.tidy(() => {
    const { grads } = tf.variableGrads(value, [...model.parameters.values()]);
    return Object.values(grads).flatMap((gradient) => [...gradient.dataSync()]);
  });
}

/** Every way to draw k tokens, and its probability under a distribution. */
export function allDraws(
  logProbs: readonly number[],
  k: number,
): { readonly draws: number[][]; readonly probabilities: number[] } {
  let draws: number[][] = [[]];
  for (let place = 0; place < k; place++)
    draws = draws.flatMap((draw) => TOKENS.map((token) => [...draw, token]));
  return {
    draws,
    probabilities: draws.map((draw) =>
      Math.exp(draw.reduce((sum, token) => sum + (logProbs[token] ?? Number.NaN), 0)),
    ),
  };
}

/** |a − b| / |a|, of vectors. */
export function relativeDistance(a: readonly number[], b: readonly number[]): number {
  const norm = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
  return norm(a.map((value, index) => value - (b[index] ?? Number.NaN))) / norm(a);
}
