import { describe, expect, test } from 'vitest';
import fixture from '../../fixtures/agreement.json' with { type: 'json' };
import { judgeAgreement } from './judge-agreement.js';

describe('judgeAgreement', () => {
  test.each(fixture.cases)(
    'agrees with statsmodels: $name',
    ({ outcomes, labels, exchangeable, ...expected }) => {
      const found = judgeAgreement(outcomes, labels);
      for (const key of ['accuracy', 'low', 'high', 'kappa', 'kappaLow', 'kappaHigh'] as const) {
        expect(found[key], key).toBeCloseTo(expected[key], 10);
      }
      const both = judgeAgreement(outcomes, labels, { exchangeable: true });
      expect(both.accuracy).toBe(found.accuracy);
      expect(both.kappa).toBeCloseTo(exchangeable.kappa, 10);
      expect(both.kappaLow).toBeCloseTo(exchangeable.kappaLow, 10);
      expect(both.kappaHigh).toBeCloseTo(exchangeable.kappaHigh, 10);
      expect(found.n).toBe(labels.length);
      expect(found.labelTies).toBe(labels.filter((label) => label === 0.5).length);
      expect(found.judgeTies).toBe(outcomes.filter((outcome) => outcome === 0.5).length);
    },
  );

  test('a judge that is always right has κ = 1, one that is always wrong accuracy 0 and κ = −1', () => {
    expect(judgeAgreement([1, 0, 0.5, 1], [1, 0, 0.5, 1])).toMatchObject({
      accuracy: 1,
      high: 1,
      kappa: 1,
      kappaLow: 1,
      kappaHigh: 1,
    });
    const wrong = judgeAgreement([1, 0, 1, 0], [0, 1, 0, 1]);
    expect(wrong).toMatchObject({ accuracy: 0, low: 0, kappa: -1 });
  });

  test('a tie on one side is half an agreement', () => {
    expect(judgeAgreement([0.5, 1], [1, 0.5]).accuracy).toBe(0.5);
  });

  test('of chosen and rejected responses κ is 2·accuracy − 1 if pairs are exchangeable, and says nothing otherwise', () => {
    const labels = Array(10).fill(1);
    const outcomes = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0];
    const found = judgeAgreement(outcomes, labels, { exchangeable: true });
    expect(found.kappa).toBeCloseTo(0.6, 12);
    // The standard error of 2·accuracy − 1 is 2·√(p(1 − p)/n).
    expect(found.kappaHigh - found.kappa).toBeCloseTo(1.959963984540054 * 2 * Math.sqrt(0.016), 12);
    expect(judgeAgreement(outcomes, labels).kappa).toBeCloseTo(0, 12);
  });

  // Six, ten, and other numbers of n-ths do not add up to exactly 1.
  test.each([2, 6, 10, 20, 49])('has no κ if both sides always say the same one thing: %i pairs', (n) => {
    const none = { kappa: Number.NaN, kappaLow: Number.NaN, kappaHigh: Number.NaN };
    for (const outcome of [0, 0.5, 1]) {
      const same = Array(n).fill(outcome);
      expect(judgeAgreement(same, same)).toMatchObject({ accuracy: 1, ...none });
    }
    const ties = Array(n).fill(0.5);
    expect(judgeAgreement(ties, ties, { exchangeable: true })).toMatchObject(none);
  });

  test('a higher confidence widens both intervals', () => {
    const [narrow, wide] = [0.8, 0.99].map((confidence) =>
      judgeAgreement([1, 0, 1, 1], [1, 0, 0, 1], { confidence }),
    );
    expect(wide!.low).toBeLessThan(narrow!.low);
    expect(wide!.kappaLow).toBeLessThan(narrow!.kappaLow);
  });

  test('takes true or false for exchangeable, and no word', () => {
    const agree = () => judgeAgreement([1], [1], { exchangeable: 'no' as unknown as boolean });
    expect(agree).toThrow(/exchangeable must be true or false, got "no"/);
    expect(agree).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });

  test.each([
    ['nothing', [], [], 'invalid-lengths', /got 0 outcomes and 0 labels/],
    ['different lengths', [1], [1, 0], 'invalid-lengths', /got 1 outcomes and 2 labels/],
    ['a score', [0.7], [1], 'invalid-value', /pair 0 must be 1, ½, or 0, got 0.7 and 1/],
    ['a label that is a token', [1], [-1], 'invalid-value', /got 1 and -1/],
  ])('refuses %s', (_, outcomes, labels, code, message) => {
    const agree = () => judgeAgreement(outcomes, labels);
    expect(agree).toThrow(message);
    expect(agree).toThrow(expect.objectContaining({ name: 'GoldEvalError', code }));
  });
});
