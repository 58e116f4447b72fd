import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { metricValues, pairBatch } from '../../test/pair-batch.js';
import type { Objective } from '../contract/objective.js';
import { cpo } from './cpo.js';
import { dpo } from './dpo.js';
import { hyPo } from './hy-po.js';

/** DPO where the reference prefers the chosen response, and elsewhere CPO without its SFT term. */
function piecewise(beta: number): Objective {
  return {
    ...dpo({ beta }),
    evaluate: (batch) =>
      tf.tidy(() => {
        const [withReference, without] = [dpo({ beta }), cpo({ beta, sftWeight: 0 })].map(
          (objective) => objective.evaluate(batch).losses,
        ) as [tf.Tensor1D, tf.Tensor1D];
        const prefers = tf.step(tf.sub<tf.Tensor1D>(batch.referenceChosen, batch.referenceRejected));
        const against = tf.sub<tf.Tensor1D>(1, prefers);
        const losses = tf.add(tf.mul(prefers, withReference), tf.mul(against, without)) as tf.Tensor1D;
        return { losses, metrics: {} };
      }),
  };
}

conforms(hyPo, {
  optionsArbitrary: fc.record({ beta }),
  limits: [
    {
      name: 'DPO where the reference prefers the chosen response, and elsewhere CPO without its SFT term',
      at: (options) => options,
      equals: ({ beta }) => piecewise(beta),
    },
  ],
  golden: goldenOf('hy-po'),
});

it('reports which pairs go against the reference', () => {
  const batch = pairBatch({ referenceChosen: [-3, -5, -4], referenceRejected: [-4, -4, -4] });
  expect(metricValues(hyPo({ beta: 1 }).evaluate(batch))['reference/against']).toEqual([0, 1, 0]);
});
