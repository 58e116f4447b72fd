import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { metricValues, pairBatch } from '../../test/pair-batch.js';
import { withUniformReference } from '../../test/uniform-reference.js';
import { lengthNormalizedDpo } from '../contrib/length-normalized-dpo.js';
import { simpo } from './simpo.js';

conforms(simpo, {
  optionsArbitrary: fc.record({ beta: fc.constantFrom(0.5, 2, 2.5), gamma: fc.constantFrom(0, 0.5, 1.6) }),
  limits: [
    {
      name: 'γ = 0 is length-normalized DPO with a reference that gives every response the probability 1',
      at: (options) => ({ ...options, gamma: 0 }),
      equals: ({ beta }) => withUniformReference(lengthNormalizedDpo({ beta })),
    },
  ],
  golden: goldenOf('simpo'),
});

it('reports rewards per token, whose order is what it trains', () => {
  const batch = pairBatch({
    policyChosen: [-12],
    policyRejected: [-8],
    chosenLength: [12],
    rejectedLength: [4],
  });
  expect(metricValues(simpo({ beta: 2, gamma: 0.5 }).evaluate(batch))).toEqual({
    'rewards/chosen': [-2],
    'rewards/rejected': [-4],
    'rewards/accuracies': [1],
    'rewards/margins': [2],
    'logps/chosen': [-12],
    'logps/rejected': [-8],
  });
});
