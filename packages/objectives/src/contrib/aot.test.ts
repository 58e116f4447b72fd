import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta, labelSmoothing } from '../../test/options.js';
import { aot } from './aot.js';

conforms(aot, {
  optionsArbitrary: fc.record({ beta, labelSmoothing }, { requiredKeys: ['beta'] }),
  golden: goldenOf('aot'),
});
