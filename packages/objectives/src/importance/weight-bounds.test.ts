import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type BoundedOptions, bounded } from '../../test/options.js';
import { numbers, pairBatch } from '../../test/pair-batch.js';
import type { PairBatch } from '../contract/batch.js';
import { fixed } from './fixed.js';
import { importanceWeights, weighBatch } from './importance-weights.js';
import { inverseLength } from './inverse-length.js';
import { type WeightBoundsOptions, weightBounds } from './weight-bounds.js';

const close = (values: number[]): unknown[] => values.map((value) => expect.closeTo(value, 5));

/** The weights of pairs, with bounds beside the other options. */
const weigh = (pairs: PairBatch, options: BoundedOptions): number[] =>
  numbers(importanceWeights(pairs, bounded(options)));

// Log-ratios 1 and 2, then −3 and 1.
const batch = () =>
  pairBatch({
    policyChosen: [1, -3],
    policyRejected: [2, 1],
    chosenLength: [2, 3],
    rejectedLength: [4, 1],
  });

/** Two pairs: chosen responses of two tokens and one, rejected ones of one each. */
const tokenBatch = () => ({
  ...pairBatch({
    policyChosen: [-3, -5],
    policyRejected: [-1, -1],
    referenceChosen: [-4, -2],
    referenceRejected: [-1.5, -2],
    chosenLength: [2, 1],
  }),
  policyChosenTokens: tf.tensor1d([-1, -2, -5]),
  referenceChosenTokens: tf.tensor1d([-3, -1, -2]),
  policyRejectedTokens: tf.tensor1d([-1, -1]),
  referenceRejectedTokens: tf.tensor1d([-1.5, -2]),
  chosenTokenRow: tf.tensor1d([0, 0, 1], 'int32'),
  rejectedTokenRow: tf.tensor1d([0, 1], 'int32'),
});

describe('weightBounds', () => {
  it('bounds each response before the two are multiplied', () => {
    const smoothing = fixed(1);
    expect(weigh(batch(), { smoothing, clipResponses: { upper: 1.5 } })).toEqual(
      close([Math.exp(1 + 1.5), Math.exp(-3 + 1)]),
    );
    expect(
      weigh(batch(), {
        smoothing,
        clipResponses: { lower: -1, upper: 0.5 },
      }),
    ).toEqual(close([Math.exp(0.5 + 0.5), Math.exp(-1 + 0.5)]));
    // α·s is bounded, not s.
    expect(weigh(batch(), { clipResponses: { lower: -0.5 } })).toEqual(
      close([Math.exp(1 / 2 + 2 / 4), Math.exp(-0.5 + 1)]),
    );
  });

  it('masks pairs and responses out of bounds, and keeps what lies on a bound', () => {
    const smoothing = fixed(1);
    const weights = (options: WeightBoundsOptions) => weigh(batch(), { smoothing, ...options });
    expect(weights({ mask: { upper: 3 } })).toEqual(close([Math.exp(3), Math.exp(-2)]));
    expect(weights({ mask: { upper: 2.9 } })).toEqual([0, expect.closeTo(Math.exp(-2), 6)]);
    expect(weights({ mask: { lower: -1.9 } })).toEqual([expect.closeTo(Math.exp(3), 4), 0]);
    expect(weights({ clipResponses: { upper: 1.9, outside: 'mask' } })).toEqual([
      0,
      expect.closeTo(Math.exp(-2), 6),
    ]);
    expect(weights({ clipResponses: { lower: -2.9, outside: 'mask' } })).toEqual([
      expect.closeTo(Math.exp(3), 4),
      0,
    ]);
    expect(weights({ clipResponses: { lower: -3, upper: 2, outside: 'mask' } })).toEqual(
      close([Math.exp(3), Math.exp(-2)]),
    );
  });

  it('filters by the mean log-ratio of each response, whatever the smoothing, and weighs what is left as ever', () => {
    // Means per token: ½ and ½, then −1 and 1.
    for (const smoothing of [fixed(0), fixed(1), inverseLength()]) {
      const plain = weigh(batch(), { smoothing });
      const filtered = (filter: { lower?: number; upper?: number }) => weigh(batch(), { smoothing, filter });
      expect(filtered({ lower: -1, upper: 1 })).toEqual(plain);
      expect(filtered({ lower: -0.9 })).toEqual([plain[0], 0]);
      expect(filtered({ upper: 0.9 })).toEqual([plain[0], 0]);
      expect(filtered({ upper: 0.4 })).toEqual([0, 0]);
    }
  });

  it('has VESPO’s kernels in place of the factors, and the plain weight at k = 1 and λ = 0', () => {
    const smoothing = fixed(1);
    const kernel = (k: number, lambda: number, log: number) => k * log + lambda * (1 - Math.exp(log));
    expect(weigh(batch(), { smoothing, vespo: {} })).toEqual(
      [
        [1, 2],
        [-3, 1],
      ].map(([chosen = 0, rejected = 0]) =>
        expect.closeTo(Math.exp(kernel(2, 3, chosen) + kernel(3, 2, rejected)), 7),
      ),
    );
    const identity = { k: 1, lambda: 0 };
    expect(weigh(batch(), { smoothing, vespo: { chosen: identity, rejected: identity } })).toEqual(
      weigh(batch(), { smoothing }),
    );
    const at = pairBatch({});
    expect(weigh(at, { smoothing, vespo: {} })).toEqual([1]);
  });

  it('bounds the kernel’s argument, and then the pair', () => {
    const smoothing = fixed(1);
    const given = pairBatch({ policyChosen: [3, -3] });
    const kernel = (log: number) => 2 * log + 3 * (1 - Math.exp(log));
    expect(
      weigh(given, {
        smoothing,
        vespo: {},
        clipResponses: { upper: 0.5 },
        clip: { lower: -1 },
      }),
    ).toEqual(close([Math.exp(kernel(0.5)), Math.exp(-1)]));
  });

  it('takes dropped pairs into the mean, and drops all without a NaN', () => {
    const smoothing = fixed(1);
    const given = pairBatch({ policyChosen: [1, 0, 5] });
    const mask = { upper: 2 };
    const mean = (Math.E + 1) / 3;
    expect(weigh(given, { smoothing, mask, selfNormalized: true })).toEqual(
      close([Math.E / mean, 1 / mean, 0]),
    );
    expect(weigh(given, { smoothing, mask, meanWeightOnly: true })).toEqual(close([mean, mean, mean]));
    for (const options of [{}, { selfNormalized: true }, { meanWeightOnly: true }]) {
      const none = { smoothing, mask: { upper: -1 }, ...options };
      expect(weigh(given, none)).toEqual([0, 0, 0]);
    }
  });

  it('bounds the ratio of each token before they are summed', () => {
    const tokens = tokenBatch();
    const smoothing = fixed(1);
    // Log-ratios of tokens: 2 and −1, and 0.5; then −3, and 1.
    expect(weigh(tokens, { smoothing, clipTokens: { upper: 1 } })).toEqual(
      close([Math.exp(1 - 1 + 0.5), Math.exp(-3 + 1)]),
    );
    expect(weigh(tokens, { clipTokens: { lower: -0.5, upper: 1.5 } })).toEqual(
      close([Math.exp((1.5 - 0.5) / 2 + 0.5), Math.exp(-0.5 + 1)]),
    );
    expect(weigh(tokens, { smoothing, clipTokens: { lower: -2, outside: 'mask' } })).toEqual([
      expect.closeTo(Math.exp(1.5), 5),
      0,
    ]);
    const shifted = {
      ...tokens,
      behaviorChosen: tf.tensor1d([-3, -5]),
      behaviorChosenTokens: tf.tensor1d([-1, -2, -5]),
    };
    expect(weigh(shifted, { smoothing, clipTokens: { upper: 0.25 } })).toEqual(
      close([Math.exp(-0 + 0 + 0.25), Math.exp(0 + 0.25)]),
    );
    const { behaviorChosenTokens: _, ...without } = shifted;
    expect(() => weigh(without, { clipTokens: { upper: 1 } })).toThrow(
      '@ais/objectives: weightBounds: behaviorChosenTokens is missing from the batch; weights that read tokens compare with those of the behavior ' +
        'policy wherever behaviorChosen is given.',
    );
    expect(() => weigh(batch(), { clipTokens: { upper: 1 } })).toThrow(
      /weightBounds: chosenTokenRow must be int32 of shape \[tokens\]/,
    );
  });
});

describe('the metrics of bounded weights', () => {
  it('count bounds on responses among those that applied, and say what was dropped', () => {
    const given = pairBatch({
      policyChosen: [2, 0, -3, 0.5],
      policyRejected: [0, 0, 0, 3],
      chosenLength: [1, 1, 1, 2],
    });
    const smoothing = fixed(1);
    const truncated = weighBatch(
      given,
      bounded({ smoothing, clipResponses: { upper: 1 }, clip: { lower: -2 } }),
    ).metrics;
    expect(numbers(truncated['weights/clipped'] as tf.Tensor)).toEqual([1, 0, 1, 1]);
    expect(truncated).not.toHaveProperty('weights/dropped');
    const dropping = {
      smoothing,
      clipResponses: { upper: 1, outside: 'mask' },
      filter: { lower: -1 },
    } as const;
    const dropped = weighBatch(given, bounded(dropping)).metrics;
    expect(numbers(dropped['weights/dropped'] as tf.Tensor)).toEqual([1, 0, 1, 1]);
    expect(numbers(dropped['weights/effective_sample_size'] as tf.Tensor)).toEqual([0.25]);
  });

  it('have the share of tokens that were out of bounds', () => {
    const { metrics } = weighBatch(
      tokenBatch(),
      bounded({ clipTokens: { lower: -2, upper: 0.75, outside: 'mask' } }),
    );
    expect(numbers(metrics['weights/clipped_tokens'] as tf.Tensor)).toEqual([expect.closeTo(1 / 3, 6), 1]);
    expect(numbers(metrics['weights/dropped'] as tf.Tensor)).toEqual([1, 1]);
  });
});

const refusal = (options: object): string => {
  try {
    weightBounds(options);
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid-option' });
    return (error as Error).message.replace('@ais/objectives: weightBounds: ', '');
  }
  return 'accepted';
};

describe('what is refused', () => {
  it.each([{ lower: 1, upper: 0 }, { upper: Number.NaN }, { lower: Number.NaN }])(
    'bounds that are none: %o',
    (bounds) => {
      for (const option of ['clipTokens', 'clipResponses', 'mask', 'filter']) {
        expect(refusal({ [option]: bounds })).toMatch(
          new RegExp(`^${option} must have a lower bound no greater than its upper bound, got .* and .*\\.$`),
        );
      }
      expect(refusal({ mask: { lower: 0, upper: 0 }, filter: { lower: 3 } })).toBe('accepted');
    },
  );

  it('says what may become of weights out of bounds', () => {
    expect(refusal({ clipResponses: { upper: 1, outside: 'zero' } })).toBe(
      `clipResponses must have outside: 'truncate' or 'mask', got "zero".`,
    );
    expect(refusal({ clipTokens: { outside: 'mask' } })).toBe(
      'clipTokens says what becomes of ratios out of bounds, and has no bound; give it lower or upper.',
    );
    for (const outside of ['truncate', 'mask']) {
      expect(refusal({ clipResponses: { lower: 0, outside } })).toBe('accepted');
    }
  });

  it('has VESPO as its authors have it, and either kernel alone', () => {
    const weight = (options: WeightBoundsOptions): number[] =>
      weigh(batch(), { smoothing: fixed(0.25), ...options });
    const [chosen, rejected] = [
      { k: 2, lambda: 3 },
      { k: 3, lambda: 2 },
    ];
    const other = { k: 1, lambda: 0 };
    expect(weight({ vespo: {} })).toEqual(weight({ vespo: { chosen, rejected } }));
    expect(weight({ vespo: { rejected: other } })).toEqual(weight({ vespo: { chosen, rejected: other } }));
    expect(weight({ vespo: { chosen: other } })).toEqual(weight({ vespo: { chosen: other, rejected } }));
    expect(weight({ vespo: {} })).not.toEqual(weight({ vespo: { chosen: other } }));
    expect(weight({ vespo: false })).toEqual(weight({}));
    for (const [side, other] of [
      ['chosen', 'rejected'],
      ['rejected', 'chosen'],
    ] as const) {
      expect(refusal({ vespo: { [side]: { k: -1, lambda: 1 } } })).toBe(
        `vespo.${side}.k must be a finite number ≥ 0, got -1.`,
      );
      expect(
        refusal({
          vespo: { [side]: { k: 0, lambda: Number.POSITIVE_INFINITY }, [other]: { k: 0, lambda: 0 } },
        }),
      ).toBe(`vespo.${side}.lambda must be a finite number ≥ 0, got Infinity.`);
    }
  });
});
