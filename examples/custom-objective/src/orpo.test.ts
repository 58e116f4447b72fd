import { testObjective } from '@ais/objectives/testing';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { orpo } from './orpo.js';

test('ORPO conforms', () =>
  testObjective(orpo, {
    optionsArbitrary: fc.record({ lambda: fc.constantFrom(0.1, 0.5, 1) }),
    golden: [
      {
        source: 'TRL 1.16.0, ORPOTrainer.get_batch_loss_metrics(beta=0.1)',
        options: { lambda: 0.1 },
        batch: {
          policyChosen: [-12.5, -20],
          policyRejected: [-14.25, -22],
          chosenLength: [8, 16],
          rejectedLength: [10, 16],
        },
        losses: [1.64107627, 1.31112502],
        gradients: {
          policyChosen: [-0.13360697, -0.06650605],
          policyRejected: [0.00716569, 0.00382555],
        },
      },
    ],
  }));
