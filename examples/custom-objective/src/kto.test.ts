import { testObjective } from '@ais/objectives/testing';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { kto } from './kto.js';

test('KTO conforms', () =>
  testObjective(kto, {
    optionsArbitrary: fc.record({ beta: fc.constantFrom(0.05, 0.1, 0.5) }),
    golden: [
      {
        source:
          'TRL 1.16.0, KTOTrainer._compute_loss(beta=0.1), with a mean log-ratio of mismatched responses of 0.9375',
        options: { beta: 0.1 },
        batch: {
          policy: [-12.5, -31.25],
          reference: [-13, -30],
          length: [8, 21],
          label: [1, 0],
          divergence: [0.9375, 0.9375],
        },
        losses: [0.51093576, 0.44552954],
        gradients: { policy: [-0.02498804, 0.0247033] },
      },
    ],
  }));
