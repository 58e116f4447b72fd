import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { metricValues, numbers, pairBatch } from '../../test/pair-batch.js';
import { chosenSft } from './chosen-sft.js';
import { orpo } from './orpo.js';

conforms(orpo, {
  optionsArbitrary: fc.record({ lambda: fc.constantFrom(0, 0.1, 1) }),
  limits: [
    {
      name: 'λ = 0 is SFT on the chosen responses',
      at: () => ({ lambda: 0 }),
      equals: () => chosenSft(),
    },
  ],
  golden: goldenOf('orpo'),
});

it('compares odds: −log P + λ·log(1 + odds_l/odds_w)', () => {
  // P = ½ and ¼ per token: odds 1 and ⅓.
  const batch = pairBatch({
    policyChosen: [2 * Math.log(1 / 2)],
    policyRejected: [3 * Math.log(1 / 4)],
    chosenLength: [2],
    rejectedLength: [3],
  });
  const evaluation = orpo({ lambda: 0.5 }).evaluate(batch);
  expect(numbers(evaluation.losses)[0]).toBeCloseTo(Math.log(2) + 0.5 * Math.log(1 + 1 / 3), 6);
  const metrics = metricValues(evaluation);
  expect(metrics['log_odds_chosen']?.[0]).toBeCloseTo(Math.log(3), 6);
  expect(metrics['log_odds_ratio']?.[0]).toBeCloseTo(-Math.log(1 + 1 / 3), 6);
  expect(metrics['nll_loss']?.[0]).toBeCloseTo(Math.log(2), 6);
  expect(metrics['rewards/chosen']?.[0]).toBeCloseTo(0.5 * Math.log(1 / 2), 6);
  expect(metrics['rewards/rejected']?.[0]).toBeCloseTo(0.5 * Math.log(1 / 4), 6);
});
