import * as fc from 'fast-check';
import type {
  ImportanceOptions,
  RatioBounds,
  Smoothing,
  TokenWeightOptions,
  WeightBoundsOptions,
} from '../src/index.js';
import { fixed, inverseLength, inverseSqrtLength, weightBounds } from '../src/index.js';

/** β of every day; the products with log-ratios up to ±32 stay where finite differences are sharp. */
export const beta: fc.Arbitrary<number> = fc.constantFrom(0.01, 0.05, 0.1, 0.25);

/** ε of label smoothing. */
export const labelSmoothing: fc.Arbitrary<number> = fc.constantFrom(0, 0.05, 0.2, 0.45);

export const smoothing: fc.Arbitrary<Smoothing> = fc.constantFrom(
  fixed(0),
  fixed(0.1),
  fixed(1),
  inverseLength(),
  inverseSqrtLength(),
);

/** Options of weights and of their bounds in one. */
export type BoundedOptions = Omit<ImportanceOptions, 'bounds'> & WeightBoundsOptions;

/** Options of weights whose bounds are given beside them. */
export function bounded(options: BoundedOptions): ImportanceOptions {
  const { clipTokens, clipResponses, mask, filter, vespo, ...rest } = options;
  const given = Object.entries({ clipTokens, clipResponses, mask, filter, vespo }).filter(
    ([, value]) => value !== undefined,
  );
  return given.length > 0 ? { ...rest, bounds: weightBounds(Object.fromEntries(given)) } : rest;
}

const bounds = fc.constantFrom<RatioBounds>(
  {},
  { upper: 0.5 },
  { lower: -0.5 },
  { lower: -1, upper: 2 },
  { lower: -2, upper: 2, outside: 'mask' },
);
const filter = fc.constantFrom({}, { lower: -1 }, { lower: -4, upper: 0.5 });

/** Bounds that read sums. */
const boundsOfSums = fc.record(
  {
    clipResponses: bounds,
    mask: fc.constantFrom({}, { lower: -2, upper: 2 }),
    filter,
    vespo: fc.constantFrom<WeightBoundsOptions['vespo'] & (object | false)>(
      false,
      {},
      { chosen: { k: 1, lambda: 0.5 }, rejected: { k: 0.5, lambda: 1 } },
    ),
  },
  { requiredKeys: [] },
);

/** Every combination of the options of importance weights, but for bounds. */
const unbounded: fc.Arbitrary<ImportanceOptions> = fc
  .tuple(
    fc.record(
      {
        smoothing,
        pool: fc.constantFrom('response', 'pair'),
        clip: fc.constantFrom({}, { upper: 0.5 }, { lower: -0.5 }, { lower: -1, upper: 2 }),
        differentiable: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
    fc.constantFrom({}, {}, { selfNormalized: true }, { meanWeightOnly: true }),
  )
  .map(([options, ofBatch]) => ({ ...options, ...ofBatch }));

/** Every combination of the options of importance weights that read sums. */
export const importance: fc.Arbitrary<ImportanceOptions> = fc
  .tuple(unbounded, fc.oneof(fc.constant({}), boundsOfSums))
  .map(([options, own]) => bounded({ ...options, ...own }));

const tokenBounds = fc.constantFrom<RatioBounds>(
  { upper: 0.5 },
  { lower: -0.5 },
  { lower: -1, upper: 2 },
  { lower: -8, upper: 4, outside: 'mask' },
);

/** Weights of pairs with bounds on tokens. */
export const importanceWithTokens: fc.Arbitrary<ImportanceOptions> = fc
  .tuple(unbounded, boundsOfSums, tokenBounds)
  .map(([options, own, clipTokens]) => bounded({ ...options, ...own, clipTokens }));

/** Weights of tokens. */
export const tokenWeights: fc.Arbitrary<TokenWeightOptions> = fc.record(
  { smoothing, pool: fc.constantFrom('response', 'pair'), clipTokens: tokenBounds, filter },
  { requiredKeys: [] },
);
