import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pairOutcomes, winRate } from './win-rate.js';

const reward = fc.double({ min: -10, max: 10, noNaN: true });
const rewards = fc.array(fc.tuple(reward, fc.oneof(reward, fc.constant(0))), { minLength: 1 });

describe('winRate', () => {
  test('a known example', () => {
    const result = winRate(Float32Array.of(1.2, 0.3, 2.0, 0.5), [0.7, 0.9, 1.1, 0.5]);
    expect(result).toMatchObject({ rate: 0.625, ties: 1, n: 4 });
    expect(result.low).toBeCloseTo(0.21942652, 7);
    expect(result.high).toBeCloseTo(0.90810077, 7);
  });

  test('swapping the two sides gives 1 − rate, and the interval holds the rate', () => {
    fc.assert(
      fc.property(rewards, (pairs) => {
        const policy = pairs.map(([first]) => first);
        const reference = pairs.map(([, second]) => second);
        const forth = winRate(policy, reference);
        const back = winRate(reference, policy);
        expect(forth.rate + back.rate).toBeCloseTo(1, 12);
        expect(forth.ties).toBe(back.ties);
        expect(forth.low).toBeLessThanOrEqual(forth.rate);
        expect(forth.high).toBeGreaterThanOrEqual(forth.rate);
      }),
    );
  });

  test('equal rewards are all ties: one half', () => {
    expect(winRate([1, 2, 3], [1, 2, 3])).toMatchObject({ rate: 0.5, ties: 3, n: 3 });
  });

  test('infinite rewards compare, and equal infinities tie', () => {
    expect(pairOutcomes([Infinity, Infinity, -Infinity], [1, Infinity, 0])).toEqual([1, 0.5, 0]);
  });

  test('a tolerance widens the ties', () => {
    expect(winRate([1.05, 2], [1, 1], { tieTolerance: 0.1 })).toMatchObject({ rate: 0.75, ties: 1 });
  });

  test.each([
    ['different lengths', [1], [1, 2], {}, 'invalid-lengths'],
    ['no pair', [], [], {}, 'invalid-lengths'],
    ['NaN', [Number.NaN], [1], {}, 'invalid-value'],
    ['a negative tolerance', [1], [1], { tieTolerance: -1 }, 'invalid-option'],
    ['a confidence in percent', [1], [1], { confidence: 95 }, 'invalid-option'],
  ])('refuses %s', (_, policy, reference, options, code) => {
    expect(() => winRate(policy, reference, options)).toThrow(
      expect.objectContaining({ name: 'GoldEvalError', code }),
    );
  });
});
