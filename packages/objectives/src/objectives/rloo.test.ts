import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { metricValues } from '../../test/pair-batch.js';
import type { SampleBatch } from '../contract/batch.js';
import { rloo } from './rloo.js';

/** By loops over plain numbers: what is left of a reward after the mean of the others in its group. */
function advantages(beta: number, batch: SampleBatch): tf.Tensor1D {
  const [policy, reference, rewards, group] = [batch.policy, batch.reference, batch.rewards, batch.group].map(
    (tensor) => [...tensor.dataSync()],
  ) as [number[], number[], number[], number[]];
  const regularized = rewards.map((reward, i) => reward - beta * (policy[i]! - reference[i]!));
  return tf.tensor1d(
    regularized.map((own, i) => {
      const others = regularized.filter((_, j) => j !== i && group[j] === group[i]);
      return others.length === 0 ? 0 : own - others.reduce((sum, x) => sum + x, 0) / others.length;
    }),
  );
}

conforms(rloo, {
  optionsArbitrary: fc.record({ beta: fc.constantFrom(0, 0.05, 0.25) }),
  golden: goldenOf('rloo'),
  surrogate:
    ({ beta }, at) =>
    (batch) =>
      tf.tidy(() => tf.neg(tf.mul<tf.Tensor1D>(advantages(beta, at), batch.policy))),
});

it('reports rewards before and after the regularization, advantages, and samples without a baseline', () => {
  const objective = rloo({ beta: 0.5 });
  const evaluation = objective.evaluate({
    policy: tf.tensor1d([-1, -2, -3]),
    reference: tf.tensor1d([-3, -2, -3]),
    rewards: tf.tensor1d([2, 0, 5]),
    length: tf.tensor1d([1, 1, 1]),
    group: tf.tensor1d([4, 4, 9]),
  });
  expect(metricValues(evaluation)).toEqual({
    'rewards/samples': [2, 0, 5],
    'rewards/regularized': [1, 0, 5],
    advantages: [1, -1, 0],
    kl: [2, 0, 0],
    'logps/samples': [-1, -2, -3],
    'groups/single': [0, 0, 1],
  });
  expect(objective.requires).toEqual({ feedback: 'samples', reference: true, wholeBatch: true });
});

it('names itself where a field is missing', () => {
  const batch = { policy: tf.tensor1d([1]) } as unknown as SampleBatch;
  expect(() => rloo({ beta: 1 }).evaluate(batch)).toThrow(/: rloo: reference is missing from the batch;/);
});
