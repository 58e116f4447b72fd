import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { adaptiveImportance, dpo, fixed, type PairBatch } from '../index.js';

function pairs(policyChosen: tf.Tensor1D, policyRejected: tf.Tensor1D): PairBatch {
  return {
    policyChosen,
    policyRejected,
    referenceChosen: tf.tensor1d([-11, -9, 0]),
    referenceRejected: tf.tensor1d([-12, -8, 0]),
    chosenLength: tf.tensor1d([4, 5, 1]),
    rejectedLength: tf.tensor1d([8, 2, 10000]),
  };
}

it('has finite, tidy losses and gradients with and without importance weights', () => {
  const chosen = tf.tensor1d([-10, -9.5, -1e4]);
  const rejected = tf.tensor1d([-13, -8, -1]);
  for (const importance of [
    adaptiveImportance(),
    { smoothing: fixed(0) },
    { differentiable: true, selfNormalized: true },
  ]) {
    const objective = dpo({ beta: 0.1, importance });
    const batch = pairs(chosen, rejected);
    const before = tf.memory().numTensors;
    const { losses, metrics } = objective.evaluate(batch);
    expect(tf.memory().numTensors).toBe(before + 1 + Object.keys(metrics).length);
    const gradient = tf.grads((c, r) =>
      tf.sum(
        objective.evaluate({ ...batch, policyChosen: c as tf.Tensor1D, policyRejected: r as tf.Tensor1D })
          .losses,
      ),
    );
    const held = tf.memory().numTensors;
    const gradients = gradient([chosen, rejected]);
    expect(tf.memory().numTensors).toBe(held + 2);
    for (const tensor of [losses, ...Object.values(metrics), ...gradients]) {
      expect([...tensor.dataSync()].every(Number.isFinite)).toBe(true);
    }
  }
});
