import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { discoPop } from './disco-pop.js';

conforms(discoPop, {
  optionsArbitrary: fc.record(
    { beta: fc.constantFrom(0.01, 0.05), temperature: fc.constantFrom(0.05, 0.5) },
    { requiredKeys: ['beta'] },
  ),
  golden: goldenOf('disco-pop'),
  skip: { signs: 'it has a bump around a margin of 0, over which the loss rises' },
});
