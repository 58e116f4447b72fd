import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { apoDown } from './apo-down.js';

conforms(apoDown, {
  optionsArbitrary: fc.record({ beta }),
  golden: goldenOf('apo-down'),
  skip: { signs: 'it lowers chosen responses by design' },
});
