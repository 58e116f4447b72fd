import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { fDivergenceDpo } from './f-divergence-dpo.js';
import { forwardKl } from './forward-kl.js';

const withDivergence = ({ beta }: { beta: number }) => fDivergenceDpo({ beta, divergence: forwardKl() });

conforms(withDivergence, {
  optionsArbitrary: fc.record({ beta }),
  golden: goldenOf('forward-kl-dpo'),
});
