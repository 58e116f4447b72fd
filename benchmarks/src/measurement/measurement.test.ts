import { describe, expect, it } from 'vitest';
import type { Side } from '../sides/side.js';
import { alternate } from './alternate.js';
import { fitLine } from './line-fit.js';
import { spread } from './spread.js';

describe('alternate', () => {
  it('reverses the order each time and leaves the warm-up out', async () => {
    const order: string[] = [];
    let clock = 0;
    const side = (name: string): Side<unknown, number> => ({
      facts: {},
      measure: async () => {
        order.push(name);
        return clock++;
      },
      close: async () => {},
    });
    const sides = new Map(['a', 'b', 'c'].map((name) => [name, side(name)]));
    const answers = await alternate(sides, { repetitions: 2 });
    expect(order.join('')).toBe('abccbaabc');
    expect(answers).toEqual(
      new Map([
        ['a', [5, 6]],
        ['b', [4, 7]],
        ['c', [3, 8]],
      ]),
    );
  });
});

describe('spread', () => {
  it('has the median of odd and even numbers, and the extremes', () => {
    expect(spread([5, 1, 3])).toEqual({ median: 3, minimum: 1, maximum: 5, values: [5, 1, 3] });
    expect(spread([4, 1, 3, 2]).median).toBe(2.5);
  });
});

describe('fitLine', () => {
  it("recovers a line, with the standard error of R's lm", () => {
    expect(fitLine([0, 1, 2], [1, 3, 5])).toEqual({ slope: 2, slopeError: 0 });
    // summary(lm(c(1, 2, 2, 4) ~ c(0, 1, 2, 3))): slope 0.9, residual sum of squares 0.7, error √(0.35 / 5).
    const { slope, slopeError } = fitLine([0, 1, 2, 3], [1, 2, 2, 4]);
    expect(slope).toBeCloseTo(0.9, 12);
    expect(slopeError).toBeCloseTo(Math.sqrt(0.35 / 5), 12);
  });
});
