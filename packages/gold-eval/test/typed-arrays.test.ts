import { describe, expect, it } from 'vitest';
import {
  compareAtKl,
  compareAtKlOverSeeds,
  comparePolicies,
  type EvaluationPoint,
  fallOverSeeds,
  frontierBand,
  frontierOverSeeds,
  functionOfMeans,
  judgeAgreement,
  klAtWinRate,
  klAtWinRateOverSeeds,
  labelOutcomes,
  labelPairs,
  lengthControlledWinRate,
  logarithm,
  meanOverSeeds,
  overOptimization,
  pairOutcomes,
  peakOverSeeds,
  preferenceAccuracy,
  sampleMean,
  seedsInterval,
  winRate,
  winRateAtKl,
  winRateKlFrontier,
  winRateOfOutcomes,
} from '../src/index.js';
import { bootstrapInterval, clusteredWilson } from '../src/statistics/index.js';

type Typed = (values: readonly number[]) => ArrayLike<number>;

/** Numbers that every type holds: what is computed from them, such as a difference of −1, most do not. */
const rows = [
  [1, 1, 0, 1, 0, 1, 0, 1],
  [0, 1, 0, 0, 1, 0, 0, 1],
  [1, 1, 1, 1, 0, 1, 1, 1],
  [0, 1, 0, 1, 0, 0, 0, 1],
] as const;
const [first, second] = rows;
const families = [0, 0, 1, 1, 2, 2, 3, 3];
const lengths = [30, 22, 14, 25, 12, 26, 11, 15];
const fewer = { resamples: 100 };

const functions: Record<string, (typed: Typed) => unknown> = {
  comparePolicies: (typed) =>
    comparePolicies(typed(first), typed(second), { ...fewer, clusters: typed(families) }),
  winRate: (typed) => winRate(typed(lengths), typed(families)),
  winRateOfOutcomes: (typed) => winRateOfOutcomes(typed(first)),
  pairOutcomes: (typed) => pairOutcomes(typed(lengths), typed(families)),
  preferenceAccuracy: (typed) => preferenceAccuracy(typed(lengths), typed(families)),
  judgeAgreement: (typed) => judgeAgreement(typed(first), typed(second), { exchangeable: true }),
  labelOutcomes: (typed) => labelOutcomes(typed(first), { noise: 0.3 }),
  labelPairs: (typed) => labelPairs(typed(lengths), typed(families), { rule: 'bradley-terry' }),
  lengthControlledWinRate: (typed) => lengthControlledWinRate(typed(second), typed(lengths), typed(families)),
  'lengthControlledWinRate of equal lengths': (typed) =>
    lengthControlledWinRate(typed(first), typed(lengths), typed(lengths)),
  overOptimization: (typed) => {
    const { peak, end, ...found } = overOptimization(curveOf(typed));
    return [peak.rate, end.rate, found];
  },
  compareAtKl: (typed) => compareAtKl(curveOf(typed), curveOf(typed, 1), { ...fewer, squareRootKl: 0.5 }),
  winRateAtKl: (typed) => winRateAtKl(curveOf(typed), 0.5),
  klAtWinRate: (typed) => klAtWinRate(curveOf(typed), 0.5, fewer),
  frontierBand: (typed) => frontierBand(curveOf(typed)),
  winRateKlFrontier: (typed) => winRateKlFrontier(curveOf(typed)).map(({ rate }) => rate),
  seedsInterval: (typed) => seedsInterval(typed([1, 0, 1]), 0.1, 4),
  meanOverSeeds: (typed) => meanOverSeeds(rows.map(typed), { clusters: typed(families) }),
  'meanOverSeeds of different prompts': (typed) => meanOverSeeds([typed(first), typed(families.slice(0, 6))]),
  functionOfMeans: (typed) => functionOfMeans(rows.map(typed), logarithm, typed([1, 2, 3, 4])),
  'functionOfMeans of its own means': (typed) => functionOfMeans(rows.map(typed), logarithm),
  fallOverSeeds: (typed) => fallOverSeeds([curveOf(typed), curveOf(typed, 1)]),
  peakOverSeeds: (typed) => peakOverSeeds([curveOf(typed), curveOf(typed, 1)], fewer),
  compareAtKlOverSeeds: (typed) =>
    compareAtKlOverSeeds([curveOf(typed)], [curveOf(typed, 1)], { squareRootKl: 1.5 }),
  klAtWinRateOverSeeds: (typed) => klAtWinRateOverSeeds([curveOf(typed)], 0.5, fewer),
  frontierOverSeeds: (typed) => frontierOverSeeds([curveOf(typed), curveOf(typed, 1)]),
  sampleMean: (typed) => sampleMean(typed(first), Uint32Array.of(0, 2, 3)),
  bootstrapInterval: (typed) => bootstrapInterval(typed(first), { ...fewer, clusters: typed(families) }),
  clusteredWilson: (typed) => clusteredWilson(typed(first), typed(families)),
};

/** Evaluations on the same prompts, from the row given on. */
function curveOf(typed: Typed, from = 0): EvaluationPoint[] {
  return [...rows.slice(from), ...rows.slice(0, from)].map((row, squareRootKl) => ({
    fraction: squareRootKl / 3,
    squareRootKl,
    rate: row.reduce<number>((sum, value) => sum + value, 0) / row.length,
    n: row.length,
    outcomes: typed(row) as readonly number[],
    clusters: typed(families),
  }));
}

const types: Record<string, Typed> = {
  Uint8Array: (values) => Uint8Array.from(values),
  Int32Array: (values) => Int32Array.from(values),
  Float32Array: (values) => Float32Array.from(values),
};

describe.each(Object.entries(functions))('%s', (_, call) => {
  it.each(Object.entries(types))('takes numbers of an %s for what they are', (_, typed) => {
    expect(call(typed)).toEqual(call((values) => values));
  });
});

it.each<[string, (...columns: unknown[]) => unknown]>([
  ['winRate', winRate as never],
  ['pairOutcomes', pairOutcomes as never],
  ['preferenceAccuracy', preferenceAccuracy as never],
  ['labelPairs', labelPairs as never],
  ['comparePolicies', comparePolicies as never],
  ['judgeAgreement', judgeAgreement as never],
  ['lengthControlledWinRate', lengthControlledWinRate as never],
])('%s says that its second column is missing', (_, call) => {
  expect(() => call([1])).toThrow(expect.objectContaining({ code: 'invalid-lengths' }));
});
