import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { samples } from '../testing/index.js';
import { sftLoss } from './sft-loss.js';

conforms(sftLoss, {
  optionsArbitrary: fc.record({ average: fc.constantFrom('response', 'batch') }, { requiredKeys: [] }),
  golden: goldenOf('sft'),
  batch: { policy: samples.policy, length: samples.length },
});
