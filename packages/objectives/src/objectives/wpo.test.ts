import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { wpo } from './wpo.js';

conforms(wpo, {
  optionsArbitrary: fc.record(
    { beta, clip: fc.constantFrom(0.5, 1, Number.POSITIVE_INFINITY) },
    { requiredKeys: ['beta'] },
  ),
  golden: goldenOf('wpo', ({ beta, clip }) => ({
    beta: Number(beta),
    ...(clip ? { clip: Number(clip) } : {}),
  })),
});
