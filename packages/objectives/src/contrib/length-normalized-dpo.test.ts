import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { lengthNormalizedDpo } from './length-normalized-dpo.js';

conforms(lengthNormalizedDpo, {
  optionsArbitrary: fc.record({ beta: fc.constantFrom(0.1, 1, 5) }),
  golden: goldenOf('length-normalized-dpo'),
});
