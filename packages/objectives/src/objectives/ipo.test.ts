import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { squared } from '../losses/squared.js';
import { directAlignment } from './direct-alignment.js';
import { ipo } from './ipo.js';

conforms(ipo, {
  optionsArbitrary: fc.record(
    { beta, form: fc.constantFrom('standard', 'paper'), lengthNormalized: fc.boolean() },
    { requiredKeys: ['beta'] },
  ),
  limits: [
    {
      name: 'the form of the paper is direct alignment with the squared loss',
      at: ({ beta }) => ({ beta, form: 'paper' as const }),
      equals: ({ beta }) => directAlignment({ loss: squared(), beta }),
    },
  ],
  golden: goldenOf('ipo'),
});
