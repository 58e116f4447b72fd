import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import type { SampleBatch } from '../batch.js';
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
