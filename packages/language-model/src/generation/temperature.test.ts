import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isGreedy, probabilitiesAt } from './temperature.js';

/** The distribution in float64, from the same float32 logits. */
function exactly(logits: readonly number[], temperature: number): number[] {
  const highest = Math.max(...logits);
  const exponentials = logits.map((logit) => Math.exp((logit - highest) / temperature));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}

const logit = fc.oneof(
  fc.float({ min: -40, max: 40, noNaN: true }),
  // Close to each other, and far beyond what a model says.
  fc.integer({ min: 0, max: 50 }).map((step) => Math.fround(20 + step * 2 ** -19)),
  fc.float({ min: Math.fround(-1e30), max: Math.fround(1e30), noNaN: true }),
);
const temperatures = fc.double({ min: -5, max: 3, noNaN: true }).map((exponent) => 10 ** exponent);

describe('probabilitiesAt', () => {
  it('is the softmax of logits over temperature, down to the smallest that is not greedy', () => {
    fc.assert(
      fc.property(fc.array(logit, { minLength: 1, maxLength: 12 }), temperatures, (logits, temperature) => {
        const found = tf.tidy(() => [...probabilitiesAt(tf.tensor2d([logits]), temperature).dataSync()]);
        const expected = exactly(logits, temperature);
        // From 0.01 on, logits are divided as they are: half of the last digit of the largest quotient is off.
        const largest = Math.max(...logits.filter((_, index) => expected[index]! > 1e-9).map(Math.abs));
        const tolerance = temperature < 1e-2 ? 1e-5 : 1e-5 + (largest / temperature) * 2 ** -23;
        found.forEach((value, index) => {
          expect(Math.abs(value - expected[index]!)).toBeLessThanOrEqual(tolerance);
        });
      }),
      { numRuns: 500 },
    );
  });

  it('gives all to the most probable token at the smallest temperature, unless others tie', () => {
    const next = Math.fround(20 - 2 ** -19);
    const found = tf.tidy(() => [...probabilitiesAt(tf.tensor2d([[next, 20, -1e38, 3]]), 1e-7).dataSync()]);
    expect(found[1]).toBeGreaterThan(0.999);
    const tie = tf.tidy(() => [...probabilitiesAt(tf.tensor2d([[7, 7, -3e38]]), 1e-5).dataSync()]);
    expect(tie).toEqual([0.5, 0.5, 0]);
  });
});

describe('isGreedy', () => {
  it.each([
    [0, true],
    [Number.MIN_VALUE, true],
    [1e-40, true],
    [9e-6, true],
    [1e-5, false],
    [1, false],
  ])('of %d is %s', (temperature, expected) => {
    expect(isGreedy(temperature)).toBe(expected);
  });
});
