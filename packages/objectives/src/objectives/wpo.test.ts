import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { metricValues, numbers, pairBatch } from '../../test/pair-batch.js';
import { fixed } from '../importance/fixed.js';
import { wpo } from './wpo.js';

conforms(wpo, {
  optionsArbitrary: fc.record(
    { beta, clip: fc.constantFrom(0.5, 1, Number.POSITIVE_INFINITY) },
    { requiredKeys: ['beta'] },
  ),
  golden: goldenOf('wpo', ({ beta, clip }) => ({
    beta: Number(beta),
    ...(clip ? { clip: Number(clip) } : {}),
  })),
});

it('asks for both certainties', () => {
  for (const field of ['chosenCertainty', 'rejectedCertainty'] as const) {
    const { [field]: _, ...batch } = pairBatch({ chosenCertainty: [0], rejectedCertainty: [0] });
    expect(() => wpo({ beta: 1 }).evaluate(batch)).toThrow(
      `@ais/objectives: wpo: ${field} is missing from the batch; it must be a float32 tensor of shape [batch].`,
    );
  }
});

it('stays finite where both weights are at the end of float32', () => {
  const batch = pairBatch({
    policyChosen: [-1e4, 1e4, 50, 0, 1],
    policyRejected: [1e4, -1e4, 0, 1e4, 1],
    chosenCertainty: [1e4, 1e4, 1e4, 1e4, 0],
    rejectedCertainty: [1e4, 1e4, 0, -1, 0],
  });
  const objective = wpo({ beta: 1, clip: Number.POSITIVE_INFINITY, importance: { smoothing: fixed(1) } });
  const gradients = tf.grads((policyChosen: tf.Tensor, policyRejected: tf.Tensor) =>
    tf.sum(
      objective.evaluate({
        ...batch,
        policyChosen: policyChosen as tf.Tensor1D,
        policyRejected: policyRejected as tf.Tensor1D,
      }).losses,
    ),
  )([batch.policyChosen, batch.policyRejected]);
  const evaluation = objective.evaluate(batch);
  const metrics = metricValues(evaluation);
  const values = [evaluation.losses, ...gradients].map(numbers);
  for (const list of [...values, ...Object.values(metrics)]) {
    expect(list.filter((value) => !Number.isFinite(value))).toEqual([]);
  }
  expect(metrics['weights/overflow']).toEqual([0, 0, 1, 1, 0]);
});
