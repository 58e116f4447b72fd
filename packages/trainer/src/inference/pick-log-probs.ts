import type { Examples } from '@ais/data';
import type { PairTokens } from '@ais/language-model';

/** Log-probabilities of both responses of some pairs, on the host, in nats. */
export interface StoredLogProbs {
  /** [pairs], summed, end-of-text included. */
  readonly chosen: Float32Array;
  readonly rejected: Float32Array;
  /** Of each token, [tokens], response after response; only if they were asked for. */
  readonly tokens?: { readonly chosen: Float32Array; readonly rejected: Float32Array };
}

/** Where the tokens of each response start among those of all pairs, and where the last ones end. */
export function tokenPlaces(pairs: Examples<PairTokens>): Readonly<Record<'chosen' | 'rejected', number[]>> {
  const places = { chosen: [0], rejected: [0] };
  const total = { chosen: 0, rejected: 0 };
  for (const pair of pairs) {
    for (const side of ['chosen', 'rejected'] as const) {
      total[side] += pair[side].length;
      places[side].push(total[side]);
    }
  }
  return places;
}

/** The log-probabilities of some pairs, as plain numbers. */
export interface PickedLogProbs {
  readonly chosen: number[];
  readonly rejected: number[];
  readonly chosenTokens?: number[];
  readonly rejectedTokens?: number[];
}

/** Picks the log-probabilities of pairs by their places; tokens too, if there are any. */
export function logProbPicker(
  { chosen, rejected, tokens }: StoredLogProbs,
  pairs: Examples<PairTokens>,
): (indices: readonly number[]) => PickedLogProbs {
  const places = tokenPlaces(tokens ? pairs : []);
  const pick = (values: Float32Array, indices: readonly number[]): number[] =>
    indices.map((index) => values[index] ?? Number.NaN);
  const pickTokens = (side: 'chosen' | 'rejected', indices: readonly number[]): number[] =>
    indices.flatMap((index) => [
      ...(tokens?.[side].subarray(places[side][index], places[side][index + 1]) ?? []),
    ]);
  return (indices) => ({
    chosen: pick(chosen, indices),
    rejected: pick(rejected, indices),
    ...(tokens && {
      chosenTokens: pickTokens('chosen', indices),
      rejectedTokens: pickTokens('rejected', indices),
    }),
  });
}
