import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { bcoPair } from './bco-pair.js';

conforms(bcoPair, {
  optionsArbitrary: fc.record({ beta, delta: fc.constantFrom(-0.5, 0, 1) }, { requiredKeys: ['beta'] }),
  golden: goldenOf('bco-pair'),
});
