import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { metricValues, pairBatch } from '../../test/pair-batch.js';
import { withUniformReference } from '../../test/uniform-reference.js';
import { cpo } from './cpo.js';
import { dpo } from './dpo.js';

conforms(cpo, {
  optionsArbitrary: fc.record({ beta, sftWeight: fc.constantFrom(0, 0.5, 1, 2) }, { requiredKeys: ['beta'] }),
  limits: [
    {
      name: 'without the SFT term it is DPO with a uniform reference',
      at: ({ beta }) => ({ beta, sftWeight: 0 }),
      equals: ({ beta }) => withUniformReference(dpo({ beta })),
    },
    {
      name: 'the weight of the SFT term is 1 by default',
      at: ({ beta }) => ({ beta }),
      equals: ({ beta }) => cpo({ beta, sftWeight: 1 }),
    },
  ],
  golden: goldenOf('cpo'),
});

it('reports the SFT term beside what every pair objective reports', () => {
  const batch = pairBatch({ policyChosen: [-12], policyRejected: [-8], chosenLength: [4] });
  expect(metricValues(cpo({ beta: 0.5 }).evaluate(batch))).toMatchObject({
    'rewards/chosen': [-6],
    'rewards/rejected': [-4],
    nll_loss: [3],
  });
});
