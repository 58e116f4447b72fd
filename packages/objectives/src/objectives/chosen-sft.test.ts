import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import type { ReferenceFreePairBatch } from '../contract/batch.js';
import type { Objective } from '../contract/objective.js';
import { chosenSft } from './chosen-sft.js';
import { sftLoss } from './sft-loss.js';

/** `sftLoss` of the chosen responses. */
const sftOfChosen: Objective<ReferenceFreePairBatch> = {
  ...sftLoss(),
  evaluate: ({ policyChosen, chosenLength }) =>
    sftLoss().evaluate({ policy: policyChosen, length: chosenLength }),
};

conforms(chosenSft, {
  optionsArbitrary: fc.constant({}),
  limits: [{ name: 'it is sftLoss of the chosen responses', at: () => ({}), equals: () => sftOfChosen }],
  golden: goldenOf('chosen-sft'),
});
