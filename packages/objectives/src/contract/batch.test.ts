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
  [
    'chosenLength',
    undefined,
    'dpo: chosenLength is missing from the batch; it must be a float32 tensor of shape [batch].',
  ],
  [
    'chosenLength',
    [1],
    "dpo: chosenLength must be a float32 tensor of shape [batch], got an array; make one with tf.tensor1d(values, 'float32').",
  ],
  [
    'policyChosen',
    tf.tensor2d([[1], [2]]),
    'dpo: policyChosen must be float32 of shape [batch] with at least one row, got float32 of shape [2,1].',
  ],
  [
    'policyChosen',
    tf.tensor1d([1, 2], 'int32'),
    'dpo: policyChosen must be float32 of shape [batch] with at least one row, got int32 of shape [2].',
  ],
  [
    'rejectedLength',
    tf.tensor1d([1]),
    'dpo: rejectedLength has 1 rows, but policyChosen has 2; every field needs one row per example.',
  ],
] as const)('refuses a bad %s', (field, value, message) => {
  const batch = { ...pairBatch({ policyChosen: [1, 2] }), [field]: value } as unknown as PairBatch;
  const error = failure(() => dpo({ beta: 1 }).evaluate(batch));
  expect(error.code).toBe('invalid-batch');
  expect(error.message).toBe(`@ais/objectives: ${message}`);
});

it('refuses an empty batch', () => {
  const batch = pairBatch({ policyChosen: [] });
  expect(failure(() => dpo({ beta: 1 }).evaluate(batch)).message).toMatch(
    /with at least one row, got float32 of shape \[0\]/,
  );
});

it('says how to register gradients if there are none and one is taken', () => {
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
        "await registerGradients() of @ais/objectives/gradients once, import '@tensorflow/tfjs-layers' (or '@tensorflow/tfjs'), or call useBackend() of @ais/runtime.",
    );
  } finally {
    tf.registerGradient(gradient);
  }
  expect(numbers(tf.grad(evaluate)(policyChosen))).toHaveLength(2);
});
