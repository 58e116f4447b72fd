import type { PairTokens } from '../batch/sequences.js';

/** Tokens that follow no pattern, the same on every run. */
export function someTokens(length: number, start: number): number[] {
  return Array.from({ length }, (_, place) => (place * place * 31 + start * 17 + 5) % 32);
}

/** Pairs of several lengths, longer than the windows of small configurations. */
export const PAIRS: readonly PairTokens[] = [
  { prompt: someTokens(9, 1), chosen: someTokens(5, 2), rejected: someTokens(2, 3) },
  { prompt: someTokens(2, 4), chosen: someTokens(1, 5), rejected: someTokens(7, 6) },
  { prompt: someTokens(5, 7), chosen: someTokens(6, 8), rejected: someTokens(8, 9) },
];

/** The same responses, each after its prompt, with a weight of 1 for each token of the response. */
export const SEQUENCES: readonly { tokens: number[]; weights: number[] }[] = (
  ['chosen', 'rejected'] as const
).flatMap((side) =>
  PAIRS.map(({ prompt, [side]: response }) => ({
    tokens: [...prompt, ...response],
    weights: [...prompt.map(() => 0), ...response.map(() => 1)],
  })),
);
