import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { sppoHard } from './sppo-hard.js';

conforms(sppoHard, {
  optionsArbitrary: fc.record({ beta }),
  golden: goldenOf('sppo-hard'),
});
