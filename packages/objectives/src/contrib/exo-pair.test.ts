import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { exoPair } from './exo-pair.js';

conforms(exoPair, {
  optionsArbitrary: fc.record(
    { beta, labelSmoothing: fc.constantFrom(1e-3, 0.1, 0.5) },
    { requiredKeys: ['beta'] },
  ),
  golden: goldenOf('exo-pair'),
});
