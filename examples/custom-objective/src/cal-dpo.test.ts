import { testObjective } from '@ais/objectives/testing';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { calDpo } from './cal-dpo.js';

test('Cal-DPO conforms', () =>
  testObjective(calDpo, {
    optionsArbitrary: fc.record({ beta: fc.constantFrom(0.05, 0.1, 0.5) }),
    golden: [
      {
        source: 'by hand: r_w = 1, r_l = −1, β = 0.5, so ρ = 2 and both rewards are at their targets',
        options: { beta: 0.5 },
        batch: {
          policyChosen: [-9],
          policyRejected: [-11],
          referenceChosen: [-10],
          referenceRejected: [-10],
          chosenLength: [5],
          rejectedLength: [5],
        },
        losses: [Math.log1p(Math.exp(-2))],
        gradients: { policyChosen: [-0.11920292], policyRejected: [0.11920292] },
      },
    ],
  }));
