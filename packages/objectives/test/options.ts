import * as fc from 'fast-check';
import type { ImportanceOptions, Smoothing } from '../src/index.js';
import { fixed, inverseLength, inverseSqrtLength } from '../src/index.js';

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

/** Every combination of the options of importance weights. */
export const importance: fc.Arbitrary<ImportanceOptions> = fc
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
