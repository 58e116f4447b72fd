import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { fDivergenceDpo } from './f-divergence-dpo.js';
import { jensenShannon } from './jensen-shannon.js';

const withDivergence = ({ beta }: { beta: number }) => fDivergenceDpo({ beta, divergence: jensenShannon() });

conforms(withDivergence, {
  optionsArbitrary: fc.record({ beta }),
  golden: goldenOf('jensen-shannon-dpo'),
});
