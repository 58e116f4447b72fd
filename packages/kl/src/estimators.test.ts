import fc from 'fast-check';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, test } from 'vitest';
import { categoricalKl } from './enumerable-kl.js';
import { k1, k2, k3 } from './estimators.js';

const logProbs = fc
  .array(fc.double({ min: -6, max: 6, noNaN: true }), { minLength: 4, maxLength: 4 })
  .map((logits) => {
    const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
    return logits.map((logit) => logit - total);
  });

/** E_p of an estimator, by listing. */
function expectation(logP: readonly number[], values: Float64Array): number {
  return logP.reduce((sum, value, index) => sum + Math.exp(value) * values[index]!, 0);
}

function normals(count: number, seed: number): number[] {
  const generator = xoroshiro128plus(seed);
  return Array.from(
    { length: count },
    () =>
      Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator))) *
      Math.cos(2 * Math.PI * uniformFloat64(generator)),
  );
}

function moments(values: Float64Array): { mean: number; variance: number; standardError: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, variance, standardError: Math.sqrt(variance / values.length) };
}

describe('k1, k2 and k3', () => {
  test('known values', () => {
    expect([...k1([-1, -2], [-1.5, -1])]).toEqual([0.5, -1]);
    expect([...k2([-1, -2], [-1.5, -1])]).toEqual([0.125, 0.5]);
    const [first, second] = k3([-1, -2], [-1.5, -1]);
    expect(first).toBeCloseTo(Math.exp(-0.5) - 0.5, 14);
    expect(second).toBeCloseTo(Math.E - 2, 14);
  });

  test('by listing, k1 and k3 are unbiased and k2 is ½·E[d²]', () => {
    fc.assert(
      fc.property(logProbs, logProbs, (logP, logQ) => {
        const exact = categoricalKl(logP, logQ);
        expect(expectation(logP, k1(logP, logQ))).toBeCloseTo(exact, 8);
        expect(expectation(logP, k3(logP, logQ))).toBeCloseTo(exact, 8);
        const half = logP.reduce(
          (sum, value, index) => sum + (Math.exp(value) * (value - logQ[index]!) ** 2) / 2,
          0,
        );
        expect(expectation(logP, k2(logP, logQ))).toBeCloseTo(half, 8);
      }),
    );
  });

  test('k2 and k3 are never negative, and 0 only at equal probabilities', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -30, max: 0, noNaN: true }),
        fc.double({ min: -30, max: 0, noNaN: true }),
        (p, q) => {
          for (const estimator of [k2, k3]) {
            const [value] = estimator([p], [q]);
            expect(value).toBeGreaterThanOrEqual(0);
            if (Math.abs(p - q) > 1e-6) expect(value).toBeGreaterThan(0);
            if (p === q) expect(value).toBe(0);
          }
        },
      ),
    );
  });

  test.each([0.1, 0.5])(
    'sampled between N(0, 1) and N(%s, 1), they have the bias and variance that they promise',
    (shift) => {
      const exact = shift ** 2 / 2;
      const samples = normals(200_000, 7);
      const logP = samples.map((x) => -(x ** 2) / 2);
      const logQ = samples.map((x) => -((x - shift) ** 2) / 2);
      const [first, second, third] = [k1, k2, k3].map((estimator) => moments(estimator(logP, logQ)));
      expect(Math.abs(first!.mean - exact)).toBeLessThan(4 * first!.standardError);
      expect(Math.abs(second!.mean - (exact + exact ** 2 / 2))).toBeLessThan(4 * second!.standardError);
      expect(Math.abs(third!.mean - exact)).toBeLessThan(4 * third!.standardError);
      expect(first!.variance / (2 * exact)).toBeCloseTo(1, 1);
      expect(second!.variance / (2 * exact ** 2 + 2 * exact ** 3)).toBeCloseTo(1, 1);
      expect(third!.variance / (Math.exp(2 * exact) - 1 - 2 * exact)).toBeCloseTo(1, 1);
      expect(third!.variance).toBeLessThan(first!.variance);
    },
  );

  test('far from the reference k3 is the noisier one', () => {
    const shift = 1.8;
    const promised = Math.exp(shift ** 2) - 1 - shift ** 2;
    expect(promised).toBeGreaterThan(5 * shift ** 2);
    const samples = normals(200_000, 7);
    const logP = samples.map((x) => -(x ** 2) / 2);
    const logQ = samples.map((x) => -((x - shift) ** 2) / 2);
    expect(moments(k3(logP, logQ)).variance).toBeGreaterThan(2 * moments(k1(logP, logQ)).variance);
  });

  test.each([[{ shape: [1] }], [undefined], [3]])('refuses %j, which is no array', (given) => {
    const estimate = (): unknown => k1(given as never, given as never);
    expect(estimate).toThrow(expect.objectContaining({ name: 'KlError', code: 'invalid-value' }));
  });

  test('a token that the reference cannot give costs infinitely much', () => {
    for (const estimator of [k1, k2, k3]) expect([...estimator([-1], [-Infinity])]).toEqual([Infinity]);
  });

  test.each([
    ['different lengths', [-1], [-1, -2], 'invalid-lengths'],
    ['NaN', [-1], [Number.NaN], 'invalid-value'],
    ['a sampled token of probability 0', [-Infinity], [-1], 'invalid-value'],
    ['text of the policy', ['-1' as unknown as number], [-1], 'invalid-value'],
    ['text of the reference', [-1], ['-1' as unknown as number], 'invalid-value'],
  ])('refuses %s', (_, policy, reference, code) => {
    for (const estimator of [k1, k2, k3]) {
      expect(() => estimator(policy, reference)).toThrow(expect.objectContaining({ name: 'KlError', code }));
    }
  });
});
