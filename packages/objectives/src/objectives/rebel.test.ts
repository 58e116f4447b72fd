import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { numbers, pairBatch } from '../../test/pair-batch.js';
import { pairs, samples } from '../testing/index.js';
import { lossGradient, outcomeOf, rowsArbitrary } from '../testing/rows.js';
import { requireClose } from '../testing/subject.js';
import { ipo } from './ipo.js';
import { pairwisePolicyGradient } from './pairwise-policy-gradient.js';
import { rebel, type ScoredPairBatch } from './rebel.js';
import { weightedSum } from './weighted-sum.js';

const scored = { ...pairs, chosenReward: samples.rewards, rejectedReward: samples.rewards };

conforms(rebel, {
  optionsArbitrary: fc.record({ beta }),
  golden: goldenOf('rebel'),
  skip: { signs: 'the rewards say which of the two responses is the better one' },
});

it('has 4β times the gradient of the pairwise policy gradient', async () => {
  await fc.assert(
    fc.asyncProperty(beta, rowsArbitrary(scored), async (strength, rows) => {
      const ones = rows.policyChosen!.map(() => 1);
      const regression = await lossGradient(rebel({ beta: strength }), rows, ones);
      const policy = await lossGradient(
        pairwisePolicyGradient({ beta: strength }),
        rows,
        ones.map(() => 4 * strength),
      );
      for (const field of ['policyChosen', 'policyRejected']) {
        requireClose(field, regression[field]!, policy[field]!, 1e-5);
      }
    }),
    { numRuns: 25, seed: 1 },
  );
});

it('is IPO in its paper’s form where every difference of rewards is 1', async () => {
  await fc.assert(
    fc.asyncProperty(beta, rowsArbitrary(scored), async (strength, rows) => {
      const rewarded = { ...rows, chosenReward: rows.rejectedReward!.map((reward) => Number(reward) + 1) };
      const { losses } = await outcomeOf(rebel({ beta: strength }), rewarded);
      const expected = await outcomeOf(ipo({ beta: strength, form: 'paper' }), rows);
      requireClose('the loss', losses, expected.losses, 1e-5);
    }),
    { numRuns: 25, seed: 1 },
  );
});

it('is 0 where the policy has learned the rewards, and says so if there are none', () => {
  const batch = pairBatch({ policyChosen: [3], policyRejected: [-1] });
  const [chosenReward, rejectedReward] = [batch.policyChosen, batch.policyRejected];
  expect(numbers(rebel({ beta: 1 }).evaluate({ ...batch, chosenReward, rejectedReward }).losses)).toEqual([
    0,
  ]);
  expect(() =>
    rebel({ beta: 1 }).evaluate(batch as Parameters<ReturnType<typeof rebel>['evaluate']>[0]),
  ).toThrow(/: rebel: chosenReward is missing from the batch;/);
});

it('names the columns that it reads, alone and in a sum', () => {
  const columns = ['chosenReward', 'rejectedReward'];
  expect(rebel({ beta: 1 })).toMatchObject({ specificationVersion: 'v2', requires: { columns } });
  const sum = weightedSum<ScoredPairBatch>([
    { objective: rebel({ beta: 1 }), weight: 1 },
    { objective: ipo({ beta: 1 }), weight: 1 },
  ]);
  expect(sum).toMatchObject({ specificationVersion: 'v2', requires: { columns } });
  expect(() => rebel({ beta: 1 }).evaluate(pairBatch({}) as ScoredPairBatch)).toThrow(
    /rebel: chosenReward is missing from the batch/,
  );
});
