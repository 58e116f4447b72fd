import { createRandom } from '@ais/runtime';
import { describe, expect, it } from 'vitest';
import { changeOf, levelOf, median, type Point } from './change.js';

/** Values that a neighbor's share `memory` carries over to, around a line of this slope per step. */
function series(seed: number, count: number, { memory = 0, slope = 0 } = {}): Point[] {
  const random = createRandom(seed, 'change');
  let carried = 0;
  return Array.from({ length: count }, (_, index) => {
    carried = memory * carried + Math.sqrt(1 - memory * memory) * random.normal();
    return { step: index + 1, value: carried + slope * index };
  });
}

const alarms = (runs: number, count: number, options: { memory?: number; slope?: number }): number =>
  Array.from({ length: runs }, (_, seed) => changeOf(series(seed, count, options))?.direction).filter(
    (direction) => direction !== 'within noise',
  ).length / runs;

describe('a change', () => {
  it('is seldom seen in noise, in short runs as in long ones', () => {
    for (const count of [18, 60, 300]) expect(alarms(1000, count, {})).toBeLessThan(0.008);
  });

  it('is seldom seen in noise with memory, which a plain t-test takes for a change', () => {
    expect(alarms(1000, 300, { memory: 0.7 })).toBeLessThan(0.02);
  });

  it('is looked for in more points than a call has arguments', () => {
    const points = Array.from({ length: 400_000 }, (_, step) => ({ step, value: step % 2 }));
    expect(changeOf(points)?.direction).toBe('within noise');
  });

  it('is seen where there is one', () => {
    expect(alarms(200, 120, { slope: 2 / 120 })).toBeGreaterThan(0.95);
    expect(changeOf(series(1, 120, { slope: -0.05 }))).toMatchObject({
      direction: 'down',
      before: { from: 1, to: 40 },
    });
    expect(changeOf(series(1, 120, { slope: 0.05 }))).toMatchObject({
      direction: 'up',
      after: { from: 81, to: 120 },
    });
  });

  it('is seen in what explodes or vanishes, although its scatter is as large as the change', () => {
    const explosion = series(1, 60).map(({ step, value }) => ({ step, value: value + Math.exp(step / 4) }));
    const found = changeOf(explosion);
    expect(found?.direction).toBe('up');
    expect(found && found.difference / found.standardError).toBeLessThan(3);
    expect(changeOf(explosion.map(({ step, value }) => ({ step, value: -value })))?.direction).toBe('down');
  });

  it('is not told from fewer than 18 points', () => {
    expect(changeOf(series(1, 17, { slope: 1 }))).toBeUndefined();
    expect(changeOf(series(1, 18, { slope: 1 }))?.direction).toBe('up');
  });
});

it('a level has the mean and the standard error of independent values', () => {
  const values = [1, 2, 3, 2, 1, 3, 2].map((value, index) => ({ step: 10 + index, value }));
  // Neighbors of these do not correlate: the error is the deviation over the root of their number.
  expect(levelOf(values)).toEqual({
    mean: 2,
    standardError: expect.closeTo(Math.sqrt(4 / 6 / 7), 12),
    from: 10,
    to: 16,
  });
  expect(levelOf([{ step: 3, value: 5 }])).toEqual({ mean: 5, standardError: 0, from: 3, to: 3 });
});

it('the median is the middle value, or halfway between the two', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});
