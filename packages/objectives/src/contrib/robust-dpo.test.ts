import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta, labelSmoothing } from '../../test/options.js';
import { dpo } from '../objectives/dpo.js';
import { robustDpo } from './robust-dpo.js';

conforms(robustDpo, {
  optionsArbitrary: fc.record({ beta, labelSmoothing }),
  limits: [
    {
      name: 'ε = 0 is DPO',
      at: (options) => ({ ...options, labelSmoothing: 0 }),
      equals: ({ beta }) => dpo({ beta }),
    },
  ],
  golden: goldenOf('robust-dpo'),
});
