import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { dpo } from '../objectives/dpo.js';
import { fDivergenceDpo } from './f-divergence-dpo.js';
import { reverseKl } from './reverse-kl.js';

const withDivergence = ({ beta }: { beta: number }) => fDivergenceDpo({ beta, divergence: reverseKl() });

conforms(withDivergence, {
  optionsArbitrary: fc.record({ beta }),
  limits: [
    {
      name: 'it is DPO',
      at: (options) => options,
      equals: ({ beta }) => dpo({ beta }),
    },
  ],
  golden: goldenOf('reverse-kl-dpo'),
});
