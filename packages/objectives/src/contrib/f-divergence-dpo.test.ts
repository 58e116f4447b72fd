import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { beta } from '../../test/options.js';
import { metricValues, numbers, pairBatch } from '../../test/pair-batch.js';
import type { PairBatch } from '../contract/batch.js';
import type { Objective } from '../contract/objective.js';
import { fixed } from '../importance/fixed.js';
import { exponential } from '../losses/exponential.js';
import { hinge } from '../losses/hinge.js';
import { logistic } from '../losses/logistic.js';
import { savage } from '../losses/savage.js';
import { squared } from '../losses/squared.js';
import { truncatedQuadratic } from '../losses/truncated-quadratic.js';
import { slic } from '../objectives/slic.js';
import { alphaDivergence } from './alpha-divergence.js';
import { fDivergenceDpo } from './f-divergence-dpo.js';
import { forwardKl } from './forward-kl.js';
import { jensenShannon } from './jensen-shannon.js';
import { reverseKl } from './reverse-kl.js';

conforms(fDivergenceDpo, {
  optionsArbitrary: fc.record(
    {
      beta,
      divergence: fc.constantFrom(reverseKl(), jensenShannon()),
      loss: fc.constantFrom(logistic(), squared()),
    },
    { requiredKeys: ['beta', 'divergence'] },
  ),
  skip: { golden: 'each divergence has its own' },
  limits: [
    {
      name: 'with reverse KL and the hinge it is SLiC',
      at: ({ beta }) => ({ beta, divergence: reverseKl(), loss: hinge() }),
      equals: ({ beta }) => slic({ beta }),
    },
  ],
});

it('is called after its divergence', () => {
  expect(fDivergenceDpo({ beta: 1, divergence: jensenShannon() }).name).toBe('jensen-shannon-dpo');
});

describe('every f with every divergence stays finite under weights at the ends of the log-ratios', () => {
  const ends = [-1e4, -5000, -30, -20, -16, -5, 0, 16, 20, 30, 5000, 1e4];
  // Beside each end its neighbor in float32 too: scores that nearly cancel have the steepest losses.
  const ratios = ends.flatMap((end) => [end, Math.fround(end * (1 + 2 ** -23))]);
  const rows = ratios.flatMap((chosen) => ratios.map((rejected): [number, number] => [chosen, rejected]));
  const batch = pairBatch({
    policyChosen: rows.map(([chosen]) => chosen),
    policyRejected: rows.map(([, rejected]) => rejected),
  });
  const losses = [logistic(), squared(), hinge(), exponential(), truncatedQuadratic(), savage()];
  const divergences = [reverseKl(), forwardKl(), jensenShannon(), ...[-1, 0.5, 2].map(alphaDivergence)];
  const cases = losses.flatMap((loss) =>
    divergences.flatMap((divergence) =>
      [0.1, 1].flatMap((beta) =>
        [false, true].map(
          (differentiable) =>
            [loss.name, divergence.name, { beta, loss, divergence, differentiable }] as const,
        ),
      ),
    ),
  );

  it.each(cases)('%s of %s', (_loss, _divergence, { differentiable, ...options }) => {
    const objective = fDivergenceDpo({ ...options, importance: { smoothing: fixed(1), differentiable } });
    const { losses: values, metrics } = objective.evaluate(batch);
    for (const numbersOf of [values, ...Object.values(metrics), ...gradients(objective, batch)]) {
      expect(numbers(numbersOf).filter((value) => !Number.isFinite(value))).toEqual([]);
    }
  });

  it('and the metrics say so', () => {
    const far = pairBatch({ policyChosen: [-5000, 1e4, 0], policyRejected: [1e4, -5000, 0] });
    const importance = { smoothing: fixed(1) };
    const metricsOf = (options: Parameters<typeof fDivergenceDpo>[0]) =>
      metricValues(fDivergenceDpo({ importance, ...options }).evaluate(far));
    expect(metricsOf({ beta: 1, loss: squared(), divergence: forwardKl() })).toMatchObject({
      'losses/tangent': [1, 1, 0],
      'weights/overflow': [1, 1, 0],
    });
    expect(metricsOf({ beta: 1, divergence: alphaDivergence(2) })['losses/tangent']).toEqual([1, 1, 0]);
  });
});

it('reports the share of pairs on a tangent, of the score or of f', () => {
  const batch = pairBatch({ policyChosen: [-31, -30, 0, 31, -4], policyRejected: [0, 0, -31, 0, 0] });
  const tangent = (options: Omit<Parameters<typeof fDivergenceDpo>[0], 'beta'>): number[] | undefined =>
    metricValues(fDivergenceDpo({ beta: 1, ...options }).evaluate(batch))['losses/tangent'];
  expect(tangent({ divergence: forwardKl() })).toEqual([1, 0, 1, 0, 0]);
  expect(tangent({ divergence: alphaDivergence(0) })).toEqual([1, 0, 1, 0, 0]);
  expect(tangent({ divergence: alphaDivergence(2) })).toEqual([0, 0, 0, 1, 0]);
  expect(tangent({ divergence: forwardKl(), loss: exponential() })).toEqual([1, 1, 1, 0, 1]);
  expect(tangent({ divergence: reverseKl(), loss: exponential() })).toEqual([1, 0, 0, 0, 0]);
  expect(tangent({ divergence: alphaDivergence(1) })).toBeUndefined();
});

function gradients(objective: Objective, batch: PairBatch): tf.Tensor[] {
  return tf.grads((policyChosen: tf.Tensor, policyRejected: tf.Tensor) =>
    tf.sum(
      objective.evaluate({
        ...batch,
        policyChosen: policyChosen as tf.Tensor1D,
        policyRejected: policyRejected as tf.Tensor1D,
      }).losses,
    ),
  )([batch.policyChosen, batch.policyRejected]);
}
