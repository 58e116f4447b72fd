import type { TokenizedPair } from '@ais/data';
import { createRandom, type Random } from '@ais/runtime';

export interface PreferenceBatchOptions {
  readonly pairs: number;
  readonly vocabularySize: number;
  readonly seed: number;
  /** Mean length of a prompt; 360 by default, as TL;DR's. */
  readonly promptTokens?: number;
  /** Mean length of a response, end-of-text included; 40 by default, as TL;DR's. */
  readonly responseTokens?: number;
}

/** The token that ends a response, as in Pythia. */
export const END_OF_TEXT = 0;

/**
 * Random pairs of TL;DR's lengths: any number of them is representative, whatever the seed.
 *
 * Lengths are the (i + ½)/n quantiles of a logistic distribution, shuffled: a standard deviation of a quarter of the
 * mean, cut at half and at twice the mean, and prompts at TL;DR's 512 tokens. Tokens are uniform.
 */
export function preferenceBatch(options: PreferenceBatchOptions): TokenizedPair[] {
  const { pairs, vocabularySize, seed, promptTokens = 360, responseTokens = 40 } = options;
  const random = createRandom(seed, 'preference-batch');
  const promptLengths = lengths(pairs, promptTokens, random).map((length) =>
    promptTokens < 512 ? Math.min(length, 512) : length,
  );
  const chosenLengths = lengths(pairs, responseTokens, random);
  const rejectedLengths = lengths(pairs, responseTokens, random);
  const words = (count: number): number[] =>
    Array.from({ length: count }, () => random.integer(vocabularySize - 1) + 1);
  const response = (count = 1): number[] => [...words(count - 1), END_OF_TEXT];
  return promptLengths.map((length, index) => ({
    id: `pair-${index}`,
    prompt: words(length),
    chosen: response(chosenLengths[index]),
    rejected: response(rejectedLengths[index]),
  }));
}

/** The tokens of all pairs, each prompt once. */
export function countTokens(pairs: readonly TokenizedPair[]): number {
  return pairs.reduce(
    (sum, { prompt, chosen, rejected }) => sum + prompt.length + chosen.length + rejected.length,
    0,
  );
}

/** `count` lengths about a mean. */
export function lengths(count: number, mean: number, random: Random): number[] {
  const scale = (Math.sqrt(3) / Math.PI) * (mean / 4);
  const quantiles = Array.from({ length: count }, (_, index) => {
    const probability = (index + 0.5) / count;
    const length = mean + scale * Math.log(probability / (1 - probability));
    return Math.max(2, Math.round(Math.min(Math.max(length, mean / 2), 2 * mean)));
  });
  return random.shuffle(quantiles);
}
