import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { chiPo } from './chi-po.js';

conforms(chiPo, {
  optionsArbitrary: fc.record({ beta, maxReward: fc.constantFrom(0.25, 1, 100) }, { requiredKeys: ['beta'] }),
  golden: goldenOf('chi-po'),
});
