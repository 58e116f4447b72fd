import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { numbers, pairBatch } from '../../test/pair-batch.js';
import { ObjectivesError } from '../errors.js';
import { cispo } from '../objectives/cispo.js';
import { dpo } from '../objectives/dpo.js';
import { gspo } from '../objectives/gspo.js';
import { rloo } from '../objectives/rloo.js';
import {
  checkBatch,
  checkTokens,
  type PairBatch,
  pairFields,
  type SampleBatch,
  type TokenSampleBatch,
} from './batch.js';
import type { Objective } from './objective.js';

function failure(action: () => unknown): ObjectivesError {
  try {
    action();
  } catch (error) {
    if (error instanceof ObjectivesError) return error;
  }
  throw new Error('no ObjectivesError was thrown');
}

const disposed = tf.tensor1d([1, 2]);
disposed.dispose();

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
    'policyChosen',
    disposed,
    "dpo: policyChosen must be a float32 tensor of shape [batch], got a disposed tensor of type float32 and shape [2]; make one with tf.tensor1d(values, 'float32').",
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

it('refuses tokens that were disposed of', () => {
  const rows = tf.tensor1d([0, 1], 'int32');
  const error = failure(() => checkTokens('x', { rows, disposed }, ['disposed'], 'rows'));
  expect(error.message).toBe(
    '@ais/objectives: x: disposed must be float32 of shape [tokens] with at least one token, got a disposed tensor of type float32 and shape [2].',
  );
});

// In float32 the second number would be the first.
const [one, other] = [2 ** 24, 2 ** 24 + 1];

it.each([
  ['RLOO', rloo({ beta: 0.1 })],
  ['GSPO', gspo()],
  ['CISPO', cispo() as Objective<SampleBatch>],
])('keeps groups of large int32 numbers apart in %s', (_, objective) => {
  const evaluate = (policyTokens: tf.Tensor) => {
    const policy = policyTokens as tf.Tensor1D;
    const batch: TokenSampleBatch = {
      ...{
        policy,
        reference: policy,
        behavior: policy,
        length: tf.ones([4]),
        rewards: tf.tensor1d([3, 1, 8, 2]),
      },
      ...{ policyTokens: policy, referenceTokens: policy, behaviorTokens: policy },
      tokenRow: tf.tensor1d([0, 1, 2, 3], 'int32'),
      group: tf.tensor1d([one, one, other, other], 'int32'),
    };
    return objective.evaluate(batch);
  };
  const advantages = numbers(evaluate(tf.tensor1d([-1, -2, -3, -4])).metrics['advantages'] as tf.Tensor);
  expect((advantages[0] as number) + (advantages[1] as number)).toBeCloseTo(0);
  expect((advantages[2] as number) + (advantages[3] as number)).toBeCloseTo(0);
  const gradient = tf.grad((x) => tf.sum(evaluate(x).losses))(tf.tensor1d([-1, -2, -3, -4]));
  for (const [row, value] of numbers(gradient).entries())
    expect(value).toBeCloseTo(-(advantages[row] as number));
});

it('says which types a group may have', () => {
  const column = tf.tensor1d([1, 2]);
  const batch = { policy: column, reference: column, rewards: column, length: column };
  const group = tf.tensor1d([true, false], 'bool');
  expect(failure(() => rloo({ beta: 1 }).evaluate({ ...batch, group })).message).toMatch(
    'rloo: group must be float32 or int32 of shape [batch] with at least one row, got bool of shape [2].',
  );
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
