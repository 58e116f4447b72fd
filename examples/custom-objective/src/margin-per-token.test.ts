import { testObjective } from '@ais/objectives/testing';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { marginPerToken } from './margin-per-token.js';

test('the margin per token conforms', () =>
  testObjective(marginPerToken, {
    optionsArbitrary: fc.record({ beta: fc.constantFrom(0.5, 2), gamma: fc.constantFrom(0, 0.5, 1) }),
    golden: [
      {
        source: 'by hand: −3 nats per token against −4, β = 2, γ = 1, so the argument of σ is 1',
        options: { beta: 2, gamma: 1 },
        batch: {
          policyChosen: [-9],
          policyRejected: [-8],
          chosenLength: [3],
          rejectedLength: [2],
        },
        losses: [Math.log1p(Math.exp(-1))],
        gradients: { policyChosen: [-0.17929428], policyRejected: [0.26894142] },
      },
    ],
  }));
