import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { metricValues, numbers } from '../../test/pair-batch.js';
import type { TokenSampleBatch } from '../contract/batch.js';
import { sumByRow, takeByRow } from '../numerics/by-row.js';
import { toBatch } from '../testing/rows.js';
import { type CispoOptions, cispo } from './cispo.js';

/** The factor of each token's log π_θ, from a batch alone: ratio, advantage, and mean length. */
function factors(options: CispoOptions, at: TokenSampleBatch): number[] {
  const objective = cispo(options);
  const gradient = tf.grad((policyTokens: tf.Tensor) =>
    tf.sum(objective.evaluate({ ...at, policyTokens: policyTokens as tf.Tensor1D }).losses),
  )(at.policyTokens);
  return numbers(gradient);
}

conforms(cispo, {
  optionsArbitrary: fc.record(
    { beta: fc.constantFrom(0, 0.1), scale: fc.boolean(), upper: fc.constantFrom(0.5, 1.2, 5) },
    { requiredKeys: [] },
  ),
  golden: goldenOf('cispo'),
  surrogate: (options, at) => (batch) =>
    tf.tidy(() =>
      sumByRow(
        tf.mul<tf.Tensor1D>(tf.tensor1d(factors(options ?? {}, at)), batch.policyTokens),
        batch.tokenRow,
        batch.length.size,
      ),
    ),
});

const batch = toBatch<TokenSampleBatch>({
  policyTokens: [
    [-1, -2],
    [-1, -1, -1, -4],
  ],
  behaviorTokens: [
    [-1 - Math.log(3), -2],
    [-1, -1, -1 + Math.log(2), -4],
  ],
  rewards: [3, 1],
  group: [0, 0],
});

it('weights each token by its bounded ratio, over the mean length of the group', () => {
  const evaluation = cispo({ scale: false, upper: 2 }).evaluate(batch);
  // Ratios 2 (bounded from 3) and 1 with an advantage of 1; 1, 1, ½, and 1 with −1; a mean of 3 tokens.
  expect(numbers(evaluation.losses)).toEqual(
    [(2 + 2) / 3, -(1 + 1 + 0.5 + 4) / 3].map((x) => expect.closeTo(x, 5)),
  );
  expect(metricValues(evaluation)).toMatchObject({
    'ratios/mean': [1.5, 3.5 / 4].map((x) => expect.closeTo(x, 5)),
    'ratios/clipped': [0.5, 0],
  });
});

it('lets every token keep its gradient, of the bounded ratio', () => {
  const expected = [-2 / 3, -1 / 3, 1 / 3, 1 / 3, 0.5 / 3, 1 / 3];
  expect(factors({ scale: false, upper: 2 }, batch)).toEqual(expected.map((x) => expect.closeTo(x, 5)));
});

it('has the gradient of the advantage times log π_θ on fresh samples', () => {
  const fresh = { ...batch, behaviorTokens: batch.policyTokens };
  const spread = takeByRow(tf.tensor1d([-1 / 3, 1 / 3]), batch.tokenRow);
  expect(factors({ scale: false }, fresh)).toEqual(numbers(spread).map((x) => expect.closeTo(x, 5)));
});

it.each([
  [{ upper: 0 }, /cispo: upper must be a number above 0, got 0/],
  [{ beta: Number.NaN }, /cispo: beta must be a finite number ≥ 0, got NaN/],
])('refuses %j', (options, message) => {
  expect(() => cispo(options)).toThrow(message);
});
