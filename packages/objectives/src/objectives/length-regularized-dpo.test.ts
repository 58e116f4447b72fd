import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { dpo } from './dpo.js';
import { lengthRegularizedDpo } from './length-regularized-dpo.js';

conforms(lengthRegularizedDpo, {
  optionsArbitrary: fc.record({ beta, alpha: fc.constantFrom(0, 0.01, 0.1) }),
  limits: [
    {
      name: 'α = 0 is DPO',
      at: (options) => ({ ...options, alpha: 0 }),
      equals: ({ beta }) => dpo({ beta }),
    },
  ],
  golden: goldenOf('length-regularized-dpo'),
});
