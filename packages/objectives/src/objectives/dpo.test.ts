import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta, labelSmoothing } from '../../test/options.js';
import { logistic } from '../losses/logistic.js';
import { directAlignment } from './direct-alignment.js';
import { dpo } from './dpo.js';

conforms(dpo, {
  optionsArbitrary: fc.record({ beta, labelSmoothing }, { requiredKeys: ['beta'] }),
  limits: [
    {
      name: 'ε = 0 is direct alignment with the logistic loss',
      at: (options) => ({ ...options, labelSmoothing: 0 }),
      equals: ({ beta }) => directAlignment({ loss: logistic(), beta }),
    },
  ],
  golden: goldenOf('dpo'),
});
