import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomTable, seeds, spaces, sum } from '../../test/small-worlds.js';
import { type ResponseSpace, responseSpace } from './response-space.js';
import { expectation, logProbTable, responseLogProbs, sequenceKl } from './tabular-policy.js';

test('contexts are the last tokens, and the beginnings of responses have contexts of their own', () => {
  const space = responseSpace(2, 4, 2);
  expect(space.contexts).toBe(1 + 2 + 4);
  // Response 1101: token 1 after nothing, 1 after 1, 0 after 11, 1 after 10.
  const [nothing, one, oneOne, oneZero] = [0, 2, 6, 5];
  expect([...space.entries.slice(0b1101 * 4, 0b1101 * 4 + 4)]).toEqual([
    nothing * 2 + 1,
    one * 2 + 1,
    oneOne * 2 + 0,
    oneZero * 2 + 1,
  ]);
  expect(responseSpace(2, 4, 'full').contexts).toBe(15);
  expect(responseSpace(2, 4, 9)).toEqual(responseSpace(2, 4, 'full'));
});

const policies = fc.record({ space: spaces, seed: seeds });

test('a response’s log-probability is the sum over its tokens, and all probabilities add up to 1', () => {
  fc.assert(
    fc.property(policies, ({ space, seed }) => {
      const table = logProbTable(space, randomTable(space, seed));
      const logProbs = responseLogProbs(space, table);
      for (let response = 0; response < space.responses; response++) {
        const own = space.entries.slice(response * space.length, (response + 1) * space.length);
        expect(logProbs[response]).toBeCloseTo(sum([...own].map((entry) => table[entry]!)), 10);
      }
      expect(sum(logProbs.map(Math.exp))).toBeCloseTo(1, 10);
    }),
    { numRuns: 40 },
  );
});

test('the KL of responses is the sum of conditional KLs over prefixes', () => {
  fc.assert(
    fc.property(policies, seeds, ({ space, seed }, other) => {
      const [policy, reference] = [seed, other].map((one) => logProbTable(space, randomTable(space, one)));
      const [logPolicy, logReference] = [policy!, reference!].map((table) => responseLogProbs(space, table));
      const kl = sequenceKl(logPolicy!, logReference!);
      expect(kl).toBeCloseTo(conditionalKl(space, policy!, reference!), 9);
      expect(kl).toBeGreaterThanOrEqual(-1e-12);
      expect(sequenceKl(logPolicy!, logPolicy!)).toBe(0);
    }),
    { numRuns: 40 },
  );
});

/** Σ over prefixes of π(prefix)·KL(π(·|prefix)‖π_ref(·|prefix)). */
function conditionalKl(
  { vocabulary, length, prefixContexts }: ResponseSpace,
  policy: Float64Array,
  reference: Float64Array,
): number {
  let kl = 0;
  let probabilities = [1];
  for (let tokens = 0, first = 0; tokens < length; tokens++) {
    const rows = probabilities.map((_, prefix) => prefixContexts[first + prefix]! * vocabulary);
    for (const [prefix, row] of rows.entries()) {
      for (let entry = row; entry < row + vocabulary; entry++)
        kl += probabilities[prefix]! * Math.exp(policy[entry]!) * (policy[entry]! - reference[entry]!);
    }
    first += probabilities.length;
    probabilities = probabilities.flatMap((probability, prefix) =>
      Array.from(
        { length: vocabulary },
        (_, token) => probability * Math.exp(policy[rows[prefix]! + token]!),
      ),
    );
  }
  return kl;
}

test('an expectation is linear, and of 1 it is 1', () => {
  const space = responseSpace(2, 4, 1);
  const logProbs = responseLogProbs(space, logProbTable(space, randomTable(space, 3)));
  expect(expectation(logProbs, new Float64Array(16).fill(2.5))).toBeCloseTo(2.5, 12);
});
