import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import fixture from '../fixtures/divergences.json' with { type: 'json' };
import { type Divergence, divergences } from './divergence.js';
import { exactKl, type LogitRows } from './exact-kl.js';
import { tensorDivergence } from './tensor-divergence.js';

/** The definition, in double precision. */
function divergenceOfLogits(policy: number[], reference: number[], divergence: Divergence): number {
  const softmax = (logits: number[]): number[] => {
    const largest = Math.max(...logits);
    const weights = logits.map((logit) => Math.exp(logit - largest));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  };
  const kl = (p: number[], q: number[]): number =>
    p.reduce((sum, value, index) => sum + (value === 0 ? 0 : value * Math.log(value / q[index]!)), 0);
  const p = softmax(policy);
  const q = softmax(reference);
  const mean = p.map((value, index) => (value + q[index]!) / 2);
  if (divergence === 'reverse') return kl(p, q);
  if (divergence === 'forward') return kl(q, p);
  return (kl(p, mean) + kl(q, mean)) / 2;
}

// Whole multiples of 1/64 are exact in float32, so both sides see the same logits.
const logit = fc.integer({ min: -64 * 12, max: 64 * 12 }).map((value) => value / 64);
const logitRows = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 9 }))
  .chain(([rows, vocabulary]) => {
    const matrix = fc.array(fc.array(logit, { minLength: vocabulary, maxLength: vocabulary }), {
      minLength: rows,
      maxLength: rows,
    });
    return fc.record({ policy: matrix, reference: matrix });
  });

type Values = (
  policy: number[][],
  reference: number[][],
  options?: Parameters<typeof exactKl>[2],
) => number[];

const viaExactKl: Values = (policy, reference, options) =>
  tf.tidy(() => [...exactKl(tf.tensor2d(policy), tf.tensor2d(reference), options).dataSync()]);
const viaTensors: Values = (policy, reference, options = {}) =>
  tf.tidy(() => [
    ...tensorDivergence(
      tf.tensor2d(policy),
      tf.tensor2d(reference),
      options.divergence ?? 'reverse',
    ).dataSync(),
  ]);

// What exactKl picks on this back end, and the tensor operations that it picks on devices.
describe.each([
  ['exactKl', viaExactKl],
  ['tensorDivergence', viaTensors],
])('%s', (_, values) => {
  test.each(divergences)('%s agrees with PyTorch', (divergence) => {
    const { policy, reference, ...expected } = fixture.tokens;
    const found = values(policy, reference, { divergence });
    for (const [row, value] of found.entries()) expect(value / expected[divergence][row]!).toBeCloseTo(1, 4);
  });

  test.each(divergences)('%s equals its definition in double precision', (divergence) => {
    fc.assert(
      fc.property(logitRows, fc.integer({ min: 1, max: 30 }), ({ policy, reference }, chunkElements) => {
        const found = values(policy, reference, { divergence, chunkElements });
        for (const [row, value] of found.entries()) {
          const expected = divergenceOfLogits(policy[row]!, reference[row]!, divergence);
          expect(Math.abs(value - expected)).toBeLessThanOrEqual(2e-6 * (1 + expected));
        }
      }),
      { numRuns: 60 },
    );
  });

  test.each(divergences)(
    '%s is never negative, and zero only where the distributions are equal',
    (divergence) => {
      fc.assert(
        fc.property(logitRows, ({ policy, reference }) => {
          for (const [row, value] of values(policy, reference, { divergence }).entries()) {
            expect(value).toBeGreaterThanOrEqual(0);
            const shifts = policy[row]!.map((logit, index) => logit - reference[row]![index]!);
            // Logits are multiples of 1/64: distributions are equal exactly where the shift is constant.
            const equal = shifts.every((shift) => shift === shifts[0]);
            if (equal) expect(value).toBeLessThan(1e-11);
            else expect(value).toBeGreaterThan(0);
          }
        }),
        { numRuns: 60 },
      );
    },
  );

  test('the Jensen–Shannon divergence is symmetric and at most log 2', () => {
    fc.assert(
      fc.property(logitRows, ({ policy, reference }) => {
        const forth = values(policy, reference, { divergence: 'jensen-shannon' });
        const back = values(reference, policy, { divergence: 'jensen-shannon' });
        for (const [row, value] of forth.entries()) {
          expect(value).toBeCloseTo(back[row]!, 6);
          expect(value).toBeLessThanOrEqual(Math.LN2 + 1e-6);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('near-equal policies keep their digits', () => {
    const vocabulary = 512;
    const reference = Array.from({ length: vocabulary }, (_, index) => 6 * Math.sin(index));
    const exactReference = [...Float32Array.from(reference)];
    const policy = [
      ...Float32Array.from(reference.map((logit, index) => logit + 0.001 * Math.cos(3 * index))),
    ];
    const expected = divergenceOfLogits(policy, exactReference, 'reverse');
    expect(expected).toBeLessThan(1e-6);
    // Σ p·d in float32 is off by as much as the value itself here.
    expect(values([policy], [exactReference])[0]! / expected).toBeCloseTo(1, 2);
  });

  test.each([
    ['a token that both mask adds nothing', [0, 1, -Infinity], [1, 0, -Infinity], 0.46211716],
    ['a token that only the policy masks is finite', [0, 0, -Infinity], [0, 0, 0], Math.log(1.5)],
    ['a token that only the reference masks is infinite', [0, 0, 0], [0, 0, -Infinity], Infinity],
  ])('%s', (_, policy, reference, expected) => {
    const [value] = values([policy], [reference]);
    if (expected === Infinity) expect(value).toBe(Infinity);
    else expect(value).toBeCloseTo(expected, 6);
  });

  test.each([
    ['a NaN', [Number.NaN, 0, 0]],
    ['nothing but NaN', [Number.NaN, Number.NaN, Number.NaN]],
    ['+∞', [Infinity, 0, 0]],
    ['nothing but −∞', [-Infinity, -Infinity, -Infinity]],
  ])('logits with %s are no distribution: NaN, in their row alone', (_, broken) => {
    const fine = [0, 1, 2];
    for (const divergence of divergences) {
      expect(values([broken, fine], [fine, fine], { divergence })).toEqual([Number.NaN, expect.closeTo(0)]);
      expect(values([fine, fine], [broken, fine], { divergence })).toEqual([Number.NaN, expect.closeTo(0)]);
    }
  });

  test('extreme logits stay finite', () => {
    const [value] = values([[1e4, -1e4, 0]], [[-1e4, 1e4, 0]]);
    expect(value).toBeCloseTo(2e4, 0);
  });
});

describe('exactKl', () => {
  test('keeps the leading shape, and gives empty input back empty', () => {
    const value = exactKl(tf.zeros([2, 3, 4]), tf.ones([2, 3, 4]));
    expect(value.shape).toEqual([2, 3]);
    expect(exactKl(tf.zeros([0, 4]), tf.zeros([0, 4])).shape).toEqual([0]);
    expect(exactKl(tf.zeros([4]), tf.zeros([4])).shape).toEqual([]);
  });

  test('leaves one tensor', () => {
    const policy = tf.randomNormal([7, 5]);
    const reference = tf.randomNormal([7, 5]);
    for (const divergence of divergences) {
      const before = tf.memory().numTensors;
      const value = exactKl(policy, reference, { divergence, chunkElements: 10 });
      expect(tf.memory().numTensors).toBe(before + 1);
      value.dispose();
    }
    tf.dispose([policy, reference]);
  });

  test.each(divergences)('%s reads rows made on demand, a chunk at a time', (divergence) => {
    const policy = tf.randomNormal<tf.Rank.R2>([7, 5]);
    const reference = tf.randomNormal<tf.Rank.R2>([7, 5]);
    const asked: number[][] = [];
    const onDemand = (logits: tf.Tensor2D): LogitRows => ({
      shape: logits.shape,
      slice: (start, size) => {
        asked.push([start, size]);
        return tf.slice(logits, [start, 0], [size, 5]);
      },
    });
    const before = tf.memory().numTensors;
    const value = exactKl(onDemand(policy), onDemand(reference), { divergence, chunkElements: 16 });
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(asked).toEqual([0, 3, 6].flatMap((start) => Array(2).fill([start, Math.min(3, 7 - start)])));
    // Native TensorFlow sums chunks of other sizes in another order.
    const whole = exactKl(policy, reference, { divergence }).dataSync();
    for (const [row, found] of value.dataSync().entries()) expect(found).toBeCloseTo(whole[row]!, 5);
    expect(() => exactKl(onDemand(policy), onDemand(tf.zeros([7, 4])))).toThrow(/shape/);
  });

  test.each([
    ['different shapes', [2, 3], [3, 3]],
    ['different ranks', [2, 3], [1, 2, 3]],
    ['no vocabulary axis', [], []],
    ['an empty vocabulary', [2, 0], [2, 0]],
  ])('refuses %s', (_, policy, reference) => {
    expect(() => exactKl(tf.zeros(policy), tf.zeros(reference))).toThrow(
      expect.objectContaining({ name: 'KlError', code: 'invalid-shape' }),
    );
  });

  test('refuses what is not logits', () => {
    const logits = tf.zeros([2, 3]);
    const gone = tf.zeros([2, 3]);
    gone.dispose();
    for (const [given, fault] of [
      [[[1, 2]], /the policy are not a tensor/],
      [undefined, /the policy are missing/],
      [gone, /disposed of/],
    ] as const) {
      expect(() => exactKl(given as never, logits)).toThrow(fault);
      expect(() => exactKl(logits, given as never)).toThrow(
        expect.objectContaining({ name: 'KlError', code: 'invalid-shape' }),
      );
    }
    logits.dispose();
  });

  test('refuses options that it does not know', () => {
    const logits = tf.zeros([1, 2]);
    expect(() => exactKl(logits, logits, { divergence: 'sideways' as Divergence })).toThrow(/sideways/);
    expect(() => exactKl(logits, logits, { chunkElements: 0 })).toThrow(/chunkElements/);
  });
});
