import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { sixtyFourths } from '../testing/index.js';
import { rewardModelLoss } from './reward-model-loss.js';

const score = { trained: true, ordinary: sixtyFourths(-4, 4), extreme: [-1e4, 1e4] };

conforms(rewardModelLoss, {
  optionsArbitrary: fc.record({ centering: fc.constantFrom(0, 0.01, 1) }, { requiredKeys: [] }),
  golden: goldenOf('reward-model'),
  batch: { chosenScore: score, rejectedScore: score },
});
