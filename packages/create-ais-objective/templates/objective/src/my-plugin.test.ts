import { dpo } from '@ais/objectives';
import { testObjective } from '@ais/objectives/testing';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { myPlugin } from './my-plugin.js';

test('my-plugin conforms', () =>
  testObjective(myPlugin, {
    optionsArbitrary: fc.record({
      beta: fc.constantFrom(0.05, 0.1, 0.5),
      margin: fc.constantFrom(0.25, 0.5, 1),
    }),
    limits: [
      {
        name: 'γ = 0 is DPO',
        at: (options) => ({ ...options, margin: 0 }),
        equals: ({ beta }) => dpo({ beta }),
      },
    ],
    golden: [
      {
        source: 'by hand: r_w = 1, r_l = −1, β = 0.5, γ = 1, so the argument of σ is 0',
        options: { beta: 0.5, margin: 1 },
        batch: {
          policyChosen: [-9],
          policyRejected: [-11],
          referenceChosen: [-10],
          referenceRejected: [-10],
          chosenLength: [5],
          rejectedLength: [5],
        },
        losses: [Math.log(2)],
        gradients: { policyChosen: [-0.25], policyRejected: [0.25] },
      },
    ],
  }));
