import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { apoZero } from './apo-zero.js';

conforms(apoZero, {
  optionsArbitrary: fc.record({ beta }),
  golden: goldenOf('apo-zero'),
});
