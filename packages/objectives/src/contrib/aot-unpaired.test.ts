import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta, labelSmoothing } from '../../test/options.js';
import { aotUnpaired } from './aot-unpaired.js';

conforms(aotUnpaired, {
  optionsArbitrary: fc.record({ beta, labelSmoothing }, { requiredKeys: ['beta'] }),
  golden: goldenOf('aot-unpaired'),
});
