import { expect, test } from 'vitest';
import { differenceAtEqualKl, qualityAtKl } from './equal-kl.js';

const point = (root: number, win: number, gold: number = 0) => ({ kl: root ** 2, win, gold });
const path = [point(0, 0.5), point(1, 0.7, 1), point(2, 0.6, 2), point(1.5, 0.9)];

test('a KL is read where it was first reached, linearly in its root', () => {
  expect(qualityAtKl(path, 0)).toEqual({ win: 0.5, gold: 0 });
  expect(qualityAtKl(path, 0.25).win).toBeCloseTo(0.6, 12);
  expect(qualityAtKl(path, 2.25)).toEqual({ win: expect.closeTo(0.65, 12), gold: expect.closeTo(1.5, 12) });
  expect(() => qualityAtKl(path, 4.1)).toThrow(RangeError);
});

test('two paths are compared at the largest KL that both reached, or at a share of its root', () => {
  const other = [point(0, 0.5), point(3, 0.8, 3)];
  const at = differenceAtEqualKl(path, other);
  expect(at).toEqual({ kl: 2, win: expect.closeTo(0.6 - 0.7, 12), gold: expect.closeTo(0, 12) });
  expect(differenceAtEqualKl(path, other, 0.5)).toMatchObject({ kl: 1, win: expect.closeTo(0.1, 12) });
  expect(differenceAtEqualKl(path, path)).toMatchObject({ win: 0, gold: 0 });
});
