import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, test } from 'vitest';
import { categoricalKl, type EnumerablePolicy, enumerableKl } from './enumerable-kl.js';
import { k1, k3 } from './estimators.js';
import { exactKl } from './exact-kl.js';
import { sequenceKl } from './sequence-kl.js';

/** A policy over all prefixes whose log-probabilities are random but fixed by the seed. */
function randomPolicy(
  seed: number,
  vocabulary: number,
  scale: number,
): EnumerablePolicy & { logits: EnumerablePolicy } {
  const logits = (prefix: readonly number[]): number[] => {
    const generator = xoroshiro128plus(prefix.reduce((hash, token) => Math.imul(hash, 31) + token + 1, seed));
    return Array.from({ length: vocabulary }, () => Math.fround(scale * (uniformFloat64(generator) - 0.5)));
  };
  const policy = (prefix: readonly number[]): number[] => {
    const values = logits(prefix);
    const total = Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0));
    return values.map((value) => value - total);
  };
  return Object.assign(policy, { logits });
}

const seeds = fc.integer({ min: 0, max: 1e6 });

describe('enumerableKl', () => {
  test('the chain rule: token KLs along on-policy prefixes sum to the KL of whole responses', () => {
    fc.assert(
      fc.property(
        seeds,
        seeds,
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 1, max: 5 }),
        (a, b, vocabulary, maxLength) => {
          const { sequence, tokens, responses } = enumerableKl(
            randomPolicy(a, vocabulary, 4),
            randomPolicy(b, vocabulary, 4),
            { endOfText: 0, maxLength },
          );
          expect(tokens).toBeCloseTo(sequence, 10);
          expect(sequence).toBeGreaterThanOrEqual(-1e-12);
          const total = responses.reduce((sum, { policyLogProb }) => sum + Math.exp(policyLogProb), 0);
          expect(total).toBeCloseTo(1, 10);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('exactKl summed over responses has the sequence KL as its expectation', () => {
    const policy = randomPolicy(3, 3, 4);
    const reference = randomPolicy(8, 3, 4);
    const { sequence, responses } = enumerableKl(policy, reference, { endOfText: 0, maxLength: 4 });
    const prefixes = responses.flatMap(({ tokens }) => tokens.map((_, index) => tokens.slice(0, index)));
    const values = tf.tidy(() =>
      exactKl(
        tf.tensor2d(prefixes.map((prefix) => [...policy.logits(prefix)])),
        tf.tensor2d(prefixes.map((prefix) => [...reference.logits(prefix)])),
      ).dataSync(),
    );
    const { sums } = sequenceKl(
      values,
      responses.map(({ tokens }) => tokens.length),
    );
    const expected = responses.reduce(
      (sum, { policyLogProb }, index) => sum + Math.exp(policyLogProb) * sums[index]!,
      0,
    );
    expect(expected).toBeCloseTo(sequence, 5);
  });

  test('sampled responses: exact token KLs and k1 converge to the sequence KL, the exact ones faster', () => {
    const policy = randomPolicy(3, 3, 3);
    const reference = randomPolicy(8, 3, 3);
    const options = { endOfText: 0, maxLength: 6 };
    const { sequence } = enumerableKl(policy, reference, options);
    const generator = xoroshiro128plus(5);
    const policyLogProbs: number[] = [];
    const referenceLogProbs: number[] = [];
    const exact: number[] = [];
    const lengths = Array.from({ length: 4000 }, () => {
      const prefix: number[] = [];
      while (prefix.at(-1) !== options.endOfText && prefix.length < options.maxLength) {
        const logP = policy(prefix);
        const logQ = reference(prefix);
        const draw = uniformFloat64(generator);
        const cumulative = logP.map((_, index) =>
          logP.slice(0, index + 1).reduce((sum, value) => sum + Math.exp(value), 0),
        );
        const token = Math.max(
          0,
          cumulative.findIndex((probability) => draw < probability),
        );
        policyLogProbs.push(logP[token]!);
        referenceLogProbs.push(logQ[token]!);
        exact.push(categoricalKl(logP, logQ));
        prefix.push(token);
      }
      return prefix.length;
    });
    const estimates = [
      sequenceKl(exact, lengths),
      sequenceKl(k1(policyLogProbs, referenceLogProbs), lengths),
      sequenceKl(k3(policyLogProbs, referenceLogProbs), lengths),
    ];
    for (const { mean, standardError } of estimates)
      expect(Math.abs(mean - sequence)).toBeLessThan(4 * standardError);
    expect(estimates[0]!.standardError).toBeLessThan(estimates[1]!.standardError);
  });

  test('a policy that gives what the reference cannot is infinitely far', () => {
    const certain = () => [0, -Infinity];
    const fair = () => [Math.log(0.5), Math.log(0.5)];
    expect(enumerableKl(fair, certain, { endOfText: 0, maxLength: 2 }).sequence).toBe(Infinity);
    expect(enumerableKl(certain, fair, { endOfText: 0, maxLength: 2 }).sequence).toBeCloseTo(Math.LN2, 14);
  });

  test('what only the reference lacks is infinitely far, though its probability rounds to 0', () => {
    const options = { endOfText: 0, maxLength: 2 };
    const rare = () => [0, -800];
    const never = () => [0, -Infinity];
    expect(enumerableKl(rare, never, options)).toMatchObject({ sequence: Infinity, tokens: Infinity });
    expect(enumerableKl(never, rare, options)).toMatchObject({ sequence: 0, tokens: 0 });
    // Nor after a token whose own probability rounds to 0.
    const later = (prefix: readonly number[]) => (prefix.length === 0 ? rare() : never());
    expect(enumerableKl(rare, later, options)).toMatchObject({ sequence: Infinity, tokens: Infinity });
  });

  test('what only q lacks is infinitely far, even where its probability under p rounds to 0', () => {
    expect(categoricalKl([-800, 0], [-Infinity, 0])).toBe(Infinity);
    expect(categoricalKl([-Infinity, 0], [-Infinity, 0])).toBe(0);
    expect(categoricalKl([-Infinity, 0], [-800, 0])).toBe(0);
    expect(categoricalKl([-800, Number.NaN], [-Infinity, 0])).toBeNaN();
  });

  test.each([
    ['a policy that is not normalized', () => [0, 0], { endOfText: 0, maxLength: 2 }, 'invalid-value'],
    ['a length of 0', () => [0], { endOfText: 0, maxLength: 0 }, 'invalid-option'],
    ['half a token', () => [0], { endOfText: 0.5, maxLength: 1 }, 'invalid-option'],
  ])('refuses %s', (_, policy, options, code) => {
    expect(() => enumerableKl(policy, policy, options)).toThrow(
      expect.objectContaining({ name: 'KlError', code }),
    );
  });

  test('refuses to list too much, and different vocabularies', () => {
    const uniform = (size: number) => () => Array(size).fill(-Math.log(size));
    expect(() => enumerableKl(uniform(11), uniform(11), { endOfText: 0, maxLength: 9 })).toThrow(
      /lower maxLength/,
    );
    expect(() => enumerableKl(uniform(2), uniform(3), { endOfText: 0, maxLength: 2 })).toThrow(
      expect.objectContaining({ code: 'invalid-lengths' }),
    );
  });
});
