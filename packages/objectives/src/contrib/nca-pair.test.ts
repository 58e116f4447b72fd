import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { ncaPair } from './nca-pair.js';

conforms(ncaPair, {
  optionsArbitrary: fc.record({ beta }),
  golden: goldenOf('nca-pair'),
});
