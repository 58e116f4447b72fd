import { describe, expect, test } from 'vitest';
import { wilsonInterval } from '../statistics/wilson-interval.js';
import { positionBias } from './position-bias.js';

describe('positionBias', () => {
  test('counts the verdicts that change with the order, and in whose favor', () => {
    const verdicts = [
      { aFirst: 1, bFirst: 1 },
      { aFirst: 1, bFirst: 0 },
      { aFirst: 0.5, bFirst: 0 },
      { aFirst: 0, bFirst: 1 },
      { aFirst: 0.5, bFirst: 0.5 },
    ];
    expect(positionBias(verdicts)).toEqual({
      rate: 0.6,
      ...wilsonInterval(3, 5),
      favorFirst: 2,
      favorSecond: 1,
      n: 5,
    });
  });

  test('a judge that never looks at the responses flips every verdict', () => {
    const always = Array.from({ length: 4 }, () => ({ aFirst: 1, bFirst: 0 }));
    expect(positionBias(always)).toMatchObject({ rate: 1, favorFirst: 4, favorSecond: 0 });
  });

  test('refuses verdicts of one order, and none', () => {
    expect(() => positionBias([{ aFirst: 1, bFirst: 1 }, { aFirst: 1 }])).toThrow(
      expect.objectContaining({
        code: 'invalid-value',
        message: expect.stringMatching(/verdict 1 .* both orders/),
      }),
    );
    for (const bFirst of [null, '0', 2, Number.NaN] as number[]) {
      expect(() => positionBias([{ aFirst: 1, bFirst }])).toThrow(
        expect.objectContaining({ code: 'invalid-value', message: expect.stringMatching(/verdict 0 /) }),
      );
    }
    expect(() => positionBias([])).toThrow(expect.objectContaining({ code: 'invalid-lengths' }));
  });
});
