import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { dpo } from './dpo.js';
import { rpo } from './rpo.js';

conforms(rpo, {
  optionsArbitrary: fc.record(
    {
      beta,
      eta: fc.constantFrom(0, 0.005, 1),
      average: fc.constantFrom('none' as const, 'response' as const, 'batch' as const),
    },
    { requiredKeys: ['beta'] },
  ),
  limits: [
    {
      name: 'η = 0 is DPO',
      at: (options) => ({ ...options, eta: 0 }),
      equals: ({ beta }) => dpo({ beta }),
    },
    {
      name: "η is the source paper's 0.005 where absent",
      at: ({ beta }) => ({ beta }),
      equals: ({ beta }) => rpo({ beta, eta: 0.005 }),
    },
  ],
  golden: goldenOf('rpo'),
});
