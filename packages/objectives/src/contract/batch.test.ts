import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { numbers, pairBatch } from '../../test/pair-batch.js';
import { ObjectivesError } from '../errors.js';
import { dpo } from '../objectives/dpo.js';
import { checkBatch, type PairBatch, pairFields } from './batch.js';

function failure(action: () => unknown): ObjectivesError {
  try {
    action();
  } catch (error) {
    if (error instanceof ObjectivesError) return error;
  }
  throw new Error('no ObjectivesError was thrown');
}

it('returns the number of rows', () => {
  const batch = pairBatch({ policyChosen: [1, 2, 3] });
  expect(checkBatch('x', batch, pairFields(true))).toBe(3);
  expect(checkBatch('x', batch, [])).toBe(0);
});

it.each([
  ['chosenLength', undefined, 'dpo: the batch has no tensor chosenLength; give one of shape [batch].'],
  ['chosenLength', [1], 'dpo: the batch has no tensor chosenLength; give one of shape [batch].'],
  [
    'policyChosen',
    tf.tensor2d([[1], [2]]),
    'dpo: policyChosen has shape [2,1] and type float32; give [batch] of float32, batch above 0.',
  ],
  [
    'policyChosen',
    tf.tensor1d([1, 2], 'int32'),
    'dpo: policyChosen has shape [2] and type int32; give [batch] of float32, batch above 0.',
  ],
  [
    'rejectedLength',
    tf.tensor1d([1]),
    'dpo: rejectedLength has 1 rows, policyChosen has 2; give one row per example in each.',
  ],
] as const)('refuses a bad %s', (field, value, message) => {
  const batch = { ...pairBatch({ policyChosen: [1, 2] }), [field]: value } as unknown as PairBatch;
  const error = failure(() => dpo({ beta: 1 }).evaluate(batch));
  expect(error.code).toBe('invalid-batch');
  expect(error.message).toBe(`@ais/objectives: ${message}`);
});

it('refuses an empty batch', () => {
  const batch = pairBatch({ policyChosen: [] });
  expect(failure(() => dpo({ beta: 1 }).evaluate(batch)).message).toMatch(/shape \[0\].*batch above 0/);
});

it('says how gradients are registered where there are none, and only where one is taken', () => {
  const { policyChosen, ...rest } = pairBatch({ policyChosen: [1, 2] });
  const evaluate = (chosen: tf.Tensor) =>
    dpo({ beta: 1 }).evaluate({ ...rest, policyChosen: chosen as tf.Tensor1D }).losses;
  const gradient = tf.getGradient('Sub');
  tf.unregisterGradient('Sub');
  try {
    expect(numbers(evaluate(policyChosen))).toHaveLength(2);
    const error = failure(() => tf.grad(evaluate)(policyChosen));
    expect(error.code).toBe('missing-gradients');
    expect(error.message).toBe(
      '@ais/objectives: dpo: a gradient is being taken, but no gradients are registered in @tensorflow/tfjs-core; ' +
        "import '@tensorflow/tfjs-layers' (or '@tensorflow/tfjs') once, or call useBackend() of @ais/runtime.",
    );
  } finally {
    tf.registerGradient(gradient);
  }
  expect(numbers(tf.grad(evaluate)(policyChosen))).toHaveLength(2);
});
