import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { numbers, pairBatch } from '../../test/pair-batch.js';
import { fixed } from './fixed.js';
import { importanceWeights, weighBatch } from './importance-weights.js';
import { inverseLength } from './inverse-length.js';

const close = (values: number[]): unknown[] => values.map((value) => expect.closeTo(value, 5));

// Log-ratios 1 and 2, then −3 and 1.
const batch = () =>
  pairBatch({
    policyChosen: [1, -3],
    policyRejected: [2, 1],
    chosenLength: [2, 3],
    rejectedLength: [4, 1],
  });

describe('importanceWeights', () => {
  it('takes α from the length of each response unless told otherwise', () => {
    expect(numbers(importanceWeights(batch()))).toEqual(close([Math.exp(1 / 2 + 2 / 4), Math.exp(-1 + 1)]));
  });

  it('takes one α from the length of the pair where pooled', () => {
    expect(numbers(importanceWeights(batch(), { pool: 'pair' }))).toEqual(
      close([Math.exp(3 / 6), Math.exp(-2 / 4)]),
    );
  });

  it('is 1 at α = 0 and the likelihood ratio at α = 1, exactly', () => {
    expect(numbers(importanceWeights(batch(), { smoothing: fixed(0) }))).toEqual([1, 1]);
    expect(numbers(importanceWeights(batch(), { smoothing: fixed(1) }))).toEqual(
      [3, -2].map((log) => Math.fround(numbers(tf.exp(log))[0] as number)),
    );
  });

  it('accepts any function of the length', () => {
    const weights = importanceWeights(batch(), { smoothing: (length) => tf.div(length, 10) });
    expect(numbers(weights)).toEqual(close([Math.exp(0.2 + 0.8), Math.exp(-0.9 + 0.1)]));
  });

  it('measures from the behavior policy where the batch has its log-probabilities', () => {
    const smoothing = fixed(1);
    const shifted = {
      ...batch(),
      behaviorChosen: tf.tensor1d([0.5, 0.5]),
      behaviorRejected: tf.tensor1d([0, 1]),
    };
    expect(numbers(importanceWeights(shifted, { smoothing }))).toEqual(
      close([Math.exp(2.5), Math.exp(-3.5)]),
    );
  });

  it('bounds log w from above and below', () => {
    const smoothing = fixed(1);
    expect(numbers(importanceWeights(batch(), { smoothing, clip: { upper: 0.5 } }))).toEqual(
      close([Math.exp(0.5), Math.exp(-2)]),
    );
    expect(numbers(importanceWeights(batch(), { smoothing, clip: { lower: -1 } }))).toEqual(
      close([Math.exp(3), Math.exp(-1)]),
    );
  });

  it('divides by the mean of the batch where self-normalized, after clipping, without overflow', () => {
    const smoothing = fixed(1);
    const clip = { upper: 1 };
    const total = Math.exp(1) + Math.exp(-2);
    expect(numbers(importanceWeights(batch(), { smoothing, clip, selfNormalized: true }))).toEqual(
      close([(2 * Math.exp(1)) / total, (2 * Math.exp(-2)) / total]),
    );
    const far = pairBatch({ policyChosen: [9000, 9000, -9000] });
    expect(numbers(importanceWeights(far, { smoothing, selfNormalized: true }))).toEqual([1.5, 1.5, 0]);
  });

  it('gives every pair the mean weight of the batch, after clipping, without overflow', () => {
    const smoothing = fixed(1);
    const mean = (Math.exp(1) + Math.exp(-2)) / 2;
    expect(
      numbers(importanceWeights(batch(), { smoothing, clip: { upper: 1 }, meanWeightOnly: true })),
    ).toEqual(close([mean, mean]));
    const far = pairBatch({ policyChosen: [9000, 9000, -9000] });
    const weights = numbers(importanceWeights(far, { smoothing, meanWeightOnly: true }));
    expect(weights).toEqual(new Array(3).fill(expect.closeTo(Math.exp(40), -12)));
    expect(
      numbers(importanceWeights(pairBatch({ policyChosen: [-9000] }), { smoothing, meanWeightOnly: true })),
    ).toEqual([0]);
  });

  it('gives every pair its own weight where all are equal, to the last bit, and 1 at α = 0', () => {
    const equal = pairBatch({ policyChosen: [0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7] });
    for (const smoothing of [fixed(1), fixed(0.3)]) {
      const own = numbers(importanceWeights(equal, { smoothing }));
      expect(numbers(importanceWeights(equal, { smoothing, meanWeightOnly: true }))).toEqual(own);
    }
    expect(numbers(importanceWeights(batch(), { smoothing: fixed(0), meanWeightOnly: true }))).toEqual([
      1, 1,
    ]);
  });

  it('lets gradients through the mean where it is differentiable', () => {
    const { policyChosen, ...rest } = batch();
    const gradient = (differentiable: boolean) =>
      numbers(
        tf.grad((chosen: tf.Tensor) => {
          const given = { ...rest, policyChosen: chosen as tf.Tensor1D };
          const weights = importanceWeights(given, { differentiable, meanWeightOnly: true });
          return tf.sum(tf.mul(weights, tf.tensor1d([1, 3])));
        })(policyChosen),
      );
    expect(gradient(false)).toEqual([0, 0]);
    // Σ c_i·w̄ with Σ c_i = 4 and w̄ the mean of two: each weight's derivative, α_w·w, counts twice.
    expect(gradient(true)).toEqual(close([2 * (Math.exp(1) / 2), 2 * (1 / 3)]));
  });

  it('holds w constant unless it is differentiable, and leaves no gradient beyond a bound', () => {
    const { policyChosen, ...rest } = batch();
    const gradient = (options: Parameters<typeof importanceWeights>[1]) =>
      numbers(
        tf.grad((chosen: tf.Tensor) =>
          tf.sum(importanceWeights({ ...rest, policyChosen: chosen as tf.Tensor1D }, options)),
        )(policyChosen),
      );
    expect(gradient({})).toEqual([0, 0]);
    expect(gradient({ differentiable: true })).toEqual(close([Math.exp(1) / 2, 1 / 3]));
    expect(gradient({ differentiable: true, clip: { upper: 0.5 } })).toEqual(close([0, 1 / 3]));
  });

  it('names itself where the batch is malformed', () => {
    expect(() => importanceWeights({ ...batch(), behaviorChosen: tf.tensor1d([1]) })).toThrow(
      /importanceWeights: behaviorChosen has 1 rows, but policyChosen has 2/,
    );
    expect(() => importanceWeights({ ...batch(), behaviorRejected: tf.tensor1d([1]) })).toThrow(
      /behaviorRejected has 1 rows/,
    );
  });

  it('leaves nothing behind but the weights', () => {
    const given = batch();
    const before = tf.memory().numTensors;
    importanceWeights(given, { clip: { upper: 1 }, selfNormalized: true, differentiable: true });
    expect(tf.memory().numTensors).toBe(before + 1);
  });
});

describe('the metrics of the weights', () => {
  it('are the mean, the largest, the effective share, α, and the shares clipped and overflown', () => {
    const far = pairBatch({
      policyChosen: [50, 1, -2, 0],
      chosenLength: [1, 2, 4, 1],
      rejectedLength: [1, 2, 2, 1],
    });
    const { metrics } = weighBatch(far, { smoothing: inverseLength(), clip: { lower: -0.25, upper: 100 } });
    expect(
      Object.fromEntries(Object.entries(metrics).map(([name, tensor]) => [name, numbers(tensor)])),
    ).toEqual({
      'weights/mean': [Math.fround(Math.exp(40)), Math.exp(0.5), Math.exp(-0.25), 1].map((value) =>
        expect.closeTo(value, value > 10 ? -12 : 5),
      ),
      'weights/max': [expect.closeTo(Math.exp(40), -12)],
      'weights/effective_sample_size': [0.25],
      'weights/clipped': [0, 0, 1, 0],
      'weights/overflow': [1, 0, 0, 0],
      'weights/alpha': [1, 0.5, 0.375, 1],
    });
  });

  it('describe the one weight where only the mean applies', () => {
    const { metrics } = weighBatch(pairBatch({ policyChosen: [Math.log(4), 0, -9] }), {
      smoothing: fixed(1),
      clip: { lower: 0 },
      meanWeightOnly: true,
    });
    const values = Object.fromEntries(
      Object.entries(metrics).map(([name, tensor]) => [name, numbers(tensor)]),
    );
    expect(values).toEqual({
      'weights/mean': close([2, 2, 2]),
      'weights/max': close([2]),
      'weights/effective_sample_size': close([1]),
      'weights/clipped': [0, 0, 1],
      'weights/overflow': [0, 0, 0],
      'weights/alpha': [1, 1, 1],
    });
  });

  it('count both bounds as clipped, and nothing that lies on one', () => {
    const { metrics } = weighBatch(pairBatch({ policyChosen: [2, 1, 0, -1, -2] }), {
      smoothing: fixed(1),
      clip: { lower: -1, upper: 1 },
    });
    expect(numbers(metrics['weights/clipped'] as tf.Tensor)).toEqual([1, 0, 0, 0, 1]);
  });
});
