import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { hinge } from '../losses/hinge.js';
import { directAlignment } from './direct-alignment.js';
import { slic } from './slic.js';

conforms(slic, {
  optionsArbitrary: fc.record({ beta }),
  limits: [
    {
      name: 'it is direct alignment with the hinge loss',
      at: (options) => options,
      equals: ({ beta }) => directAlignment({ loss: hinge(), beta }),
    },
  ],
  golden: goldenOf('slic'),
});
