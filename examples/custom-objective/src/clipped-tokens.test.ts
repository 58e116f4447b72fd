import { testObjective } from '@ais/objectives/testing';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { clippedTokens } from './clipped-tokens.js';

test('the clipped ratio per token conforms', () =>
  testObjective(clippedTokens, {
    optionsArbitrary: fc.record({ epsilon: fc.constantFrom(0.1, 0.2, 0.5) }),
    golden: [
      {
        source: 'by hand: ratios of 1 and e², which is bounded by 1.25, against one of 1',
        options: { epsilon: 0.25 },
        batch: {
          policyChosenTokens: [[-3, -1]],
          referenceChosenTokens: [[-3, -3]],
          policyRejectedTokens: [[-2]],
          referenceRejectedTokens: [[-2]],
        },
        losses: [1 - (1 + 1.25) / 2],
        gradients: { policyChosenTokens: [[-0.5, 0]], policyRejectedTokens: [[1]] },
      },
    ],
  }));
