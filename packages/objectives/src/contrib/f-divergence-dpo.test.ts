import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { beta } from '../../test/options.js';
import { hinge } from '../losses/hinge.js';
import { logistic } from '../losses/logistic.js';
import { squared } from '../losses/squared.js';
import { slic } from '../objectives/slic.js';
import { fDivergenceDpo } from './f-divergence-dpo.js';
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
