import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { metricValues, pairBatch } from '../../test/pair-batch.js';
import { alphaPo } from './alpha-po.js';
import { simpo } from './simpo.js';

conforms(alphaPo, {
  optionsArbitrary: fc.record({
    beta: fc.constantFrom(0.5, 2, 2.5),
    alpha: fc.constantFrom(-0.5, 0, 0.1, 0.25),
    gamma: fc.constantFrom(0, 0.5, 1.6),
  }),
  limits: [
    {
      name: 'α = 0 is SimPO',
      at: (options) => ({ ...options, alpha: 0 }),
      equals: ({ beta, gamma }) => simpo({ beta, gamma }),
    },
    {
      name: 'α → 0 from above tends to SimPO',
      at: (options) => ({ ...options, alpha: 1e-6 }),
      equals: ({ beta, gamma }) => simpo({ beta, gamma }),
      tolerance: 1e-3,
    },
    {
      name: 'α → 0 from below tends to SimPO',
      at: (options) => ({ ...options, alpha: -1e-6 }),
      equals: ({ beta, gamma }) => simpo({ beta, gamma }),
      tolerance: 1e-3,
    },
  ],
  golden: goldenOf('alpha-po'),
});

it('reports β·(1 − P^(−α))/α as rewards', () => {
  // P = ½ and ¼ per token at α = 1: 1 − 2 and 1 − 4.
  const batch = pairBatch({
    policyChosen: [2 * Math.log(1 / 2)],
    policyRejected: [3 * Math.log(1 / 4)],
    chosenLength: [2],
    rejectedLength: [3],
  });
  const metrics = metricValues(alphaPo({ beta: 2, alpha: 1, gamma: 0 }).evaluate(batch));
  expect(metrics['rewards/chosen']?.[0]).toBeCloseTo(-2, 5);
  expect(metrics['rewards/rejected']?.[0]).toBeCloseTo(-6, 5);
});

it('continues rewards on their tangent where P^(−α) exceeds e^30', () => {
  // −40 nats per token at α = 1: e^30·(1 + 40 − 30) − 1.
  const batch = pairBatch({ policyChosen: [-40], policyRejected: [-30] });
  const metrics = metricValues(alphaPo({ beta: 1, alpha: 1, gamma: 0 }).evaluate(batch));
  expect((metrics['rewards/chosen']?.[0] ?? 0) / Math.exp(30)).toBeCloseTo(-11, 4);
  expect((metrics['rewards/rejected']?.[0] ?? 0) / Math.exp(30)).toBeCloseTo(-1, 4);
});
