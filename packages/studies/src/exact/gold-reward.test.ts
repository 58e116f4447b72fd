import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomNumbers, randomTable, seeds, spaces } from '../../test/small-worlds.js';
import { standardized, tilted, winProbabilities } from './gold-reward.js';
import { expectation, logProbTable, responseLogProbs, sequenceKl } from './tabular-policy.js';

const worlds = fc.record({ space: spaces, seed: seeds }).map(({ space, seed }) => ({
  space,
  logReference: responseLogProbs(space, logProbTable(space, randomTable(space, seed))),
  logOther: responseLogProbs(space, logProbTable(space, randomTable(space, seed + 1))),
  rewards: randomNumbers(space.responses, seed + 2),
}));

test('standardized rewards have mean 0 and standard deviation 1 under the reference', () => {
  fc.assert(
    fc.property(worlds, ({ logReference, rewards }) => {
      const own = standardized(rewards, logReference);
      expect(expectation(logReference, own)).toBeCloseTo(0, 9);
      expect(
        expectation(
          logReference,
          own.map((reward) => reward ** 2),
        ),
      ).toBeCloseTo(1, 9);
    }),
    { numRuns: 30 },
  );
});

test('the tilted reference maximizes E[r] − β·KL: every other policy falls short of β·log Z by β·KL(π‖π*)', () => {
  fc.assert(
    fc.property(worlds, fc.constantFrom(0.1, 0.5, 2), ({ logReference, logOther, rewards }, beta) => {
      const best = tilted(logReference, rewards, beta);
      const value = (logPolicy: Float64Array): number =>
        expectation(logPolicy, rewards) - beta * sequenceKl(logPolicy, logReference);
      const partition = expectation(
        logReference,
        rewards.map((reward) => Math.exp(reward / beta)),
      );
      expect(value(best)).toBeCloseTo(beta * Math.log(partition), 8);
      expect(value(best) - value(logOther)).toBeCloseTo(beta * sequenceKl(logOther, best), 8);
    }),
    { numRuns: 30 },
  );
});

test('the probability of winning is that of all pairs, ties half, and a half for the reference itself', () => {
  fc.assert(
    fc.property(worlds, ({ logReference, logOther, rewards }) => {
      // Rounded, so that some rewards are equal.
      const coarse = rewards.map((reward) => Math.round(2 * reward));
      const wins = winProbabilities(coarse, logReference);
      let byPairs = 0;
      for (const [own, log] of logOther.entries()) {
        for (const [other, logTheirs] of logReference.entries()) {
          const outcome = coarse[own]! > coarse[other]! ? 1 : coarse[own] === coarse[other] ? 0.5 : 0;
          byPairs += Math.exp(log + logTheirs) * outcome;
        }
      }
      expect(expectation(logOther, wins)).toBeCloseTo(byPairs, 9);
      expect(expectation(logReference, wins)).toBeCloseTo(0.5, 9);
    }),
    { numRuns: 30 },
  );
});
