import { createRandom } from '@ais/runtime/random';
import { DataError } from '../errors.js';
import type { SampledResponse } from '../records/record.js';
import { pairsFromSamples, type SamplePairsCounts, type ScoredComparison } from './pairs-from-samples.js';

/** A set of comparisons, and how it came about. */
export interface ShiftedSet {
  pairs: ScoredComparison[];
  counts: SamplePairsCounts;
  /** Mean of chosen score minus rejected score; NaN without a pair. */
  meanMargin: number;
  /** Mean score of all responses that are in a pair: how good the policy is that they came from. */
  meanScore: number;
}

/** Options of `shiftedSets`. */
export interface ShiftedSetsOptions {
  /**
   * Keep the prompts only that gave a pair in every set, so that the sets differ in their responses and in nothing else;
   * off by default, as in the paper.
   */
  commonPrompts?: boolean;
}

/**
 * The paper's shifted sets D1, D2, D3: the same prompts, continued by π_ref, by an earlier and by a later checkpoint of
 * a DPO run, π_θ1 and π_θ2, each set's pairs ordered by the gold scores. What is trained on them starts from π_ref, so
 * the data shift away from it from set to set.
 *
 * @param samples the scored samples of each policy by the name of its set
 * @param options which prompts are kept
 * @returns the sets by name
 * @throws {DataError} as `pairsFromSamples`
 * @example
 * const samples = (score: number) => [
 *   { id: 'a1', prompt: 'Post. TL;DR:', response: ' Good.', score },
 *   { id: 'a2', prompt: 'Post. TL;DR:', response: ' Bad.', score: 0 },
 * ];
 * const { D1, D3 } = await shiftedSets({ D1: samples(1), D2: samples(2), D3: samples(3) });
 * console.log(D1.meanMargin, D3.meanMargin); // 1 3
 * @see source paper, section 5.3 and figures 4, 5, 11
 */
export async function shiftedSets<Name extends string>(
  samples: Readonly<Record<Name, Iterable<SampledResponse> | AsyncIterable<SampledResponse>>>,
  { commonPrompts = false }: ShiftedSetsOptions = {},
): Promise<Record<Name, ShiftedSet>> {
  const names = Object.keys(samples) as Name[];
  const made: { name: Name; pairs: ScoredComparison[]; counts: SamplePairsCounts }[] = [];
  for (const name of names) made.push({ name, ...(await pairsFromSamples(samples[name])) });
  const prompts = made.map(({ pairs }) => new Set(pairs.map(({ prompt }) => prompt)));
  const isKept = ({ prompt }: ScoredComparison): boolean =>
    !commonPrompts || prompts.every((own) => own.has(prompt));
  return Object.fromEntries(
    made.map(({ name, pairs: all, counts }) => {
      const pairs = all.filter(isKept);
      const mean = (of: (pair: ScoredComparison) => number): number =>
        pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length;
      const set: ShiftedSet = {
        pairs,
        counts: { ...counts, pairs: pairs.length },
        meanMargin: mean(({ margin }) => margin),
        meanScore: mean(({ chosenScore, rejectedScore }) => (chosenScore + rejectedScore) / 2),
      };
      return [name, set];
    }),
  ) as Record<Name, ShiftedSet>;
}

/** Options of `mixPairs`. */
export interface MixPairsOptions<Name extends string> {
  /** Share of each set; none negative, summing to 1. */
  fractions: Readonly<Record<Name, number>>;
  seed: number;
}

/**
 * Mixes sets of comparisons prompt by prompt: all pairs of a prompt come from one set, drawn by the fractions. So a shift
 * between two sets can be had in any degree.
 *
 * The draw depends on the seed and the prompt alone. A prompt that its set has no pair for is left out.
 *
 * @param sets comparisons by name
 * @param options fractions by name, and a seed
 * @returns the pairs in the order of the sets' prompts, those of a prompt in the order of their set; and how many came from
 *   which set
 * @throws {DataError} `invalid-option` where the fractions do not sum to 1
 * @example
 * const pair = (chosen: string) => [{ id: 'a', prompt: 'Post. TL;DR:', chosen, rejected: ' Bad.' }];
 * const { counts } = mixPairs({ D1: pair(' Good.'), D3: pair(' Best.') }, { fractions: { D1: 0, D3: 1 }, seed: 17 });
 * console.log(counts.D3); // 1
 */
export function mixPairs<P extends { readonly prompt: string }, Name extends string>(
  sets: Readonly<Record<Name, readonly P[]>>,
  { fractions, seed }: MixPairsOptions<Name>,
): { pairs: P[]; counts: Record<Name, number> } {
  const names = Object.keys(sets) as Name[];
  const shares = names.map((name) => fractions[name] ?? 0);
  const sum = shares.reduce((total, share) => total + share, 0);
  if (!shares.every((share) => share >= 0) || Math.abs(sum - 1) > 1e-9) {
    throw new DataError(
      'invalid-option',
      `mixPairs: fractions must be ≥ 0 and sum to 1, got [${shares.join(', ')}]. Use, for example, { D1: 0.5, D3: 0.5 }.`,
    );
  }
  const byPrompt = names.map((name) => pairsByPrompt(sets[name]));
  const prompts = new Set(byPrompt.flatMap((own) => [...own.keys()]));
  const pairs: P[] = [];
  const counts = Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
  for (const prompt of prompts) {
    const position = createRandom(seed, 'mix', prompt).uniform();
    let bound = 0;
    let index = shares.findIndex((share) => {
      bound += share;
      return position < bound;
    });
    // Rounding may leave the last bound just below 1.
    if (index < 0) index = shares.findLastIndex((share) => share > 0);
    const drawn = byPrompt[index]?.get(prompt) ?? [];
    const name = names[index];
    if (name === undefined) continue;
    for (const pair of drawn) pairs.push(pair);
    counts[name] += drawn.length;
  }
  return { pairs, counts };
}

function pairsByPrompt<P extends { readonly prompt: string }>(pairs: readonly P[]): Map<string, P[]> {
  const byPrompt = new Map<string, P[]>();
  for (const pair of pairs) {
    const own = byPrompt.get(pair.prompt);
    if (own === undefined) byPrompt.set(pair.prompt, [pair]);
    else own.push(pair);
  }
  return byPrompt;
}
