import { expect, test } from 'vitest';
import { curve } from '../../test/curves.js';
import { compareAtKl } from './compare-at-kl.js';
import { klAtWinRate } from './kl-at-win-rate.js';
import { winRateAtKl } from './win-rate-at-kl.js';
import { winRateKlFrontier } from './win-rate-kl-frontier.js';

test.each([Number.NaN, -1])('the √KL %d is refused, not left out', (squareRootKl) => {
  const points = curve([
    [1, 0.5],
    [squareRootKl, 0.9],
    [3, 0.7],
  ]);
  for (const read of [
    () => winRateKlFrontier(points),
    () => winRateAtKl(points, 2),
    () => compareAtKl(points, points),
    () => klAtWinRate(points, 0.6),
  ]) {
    expect(read).toThrow(`the √KL of evaluation 1 must be ≥ 0, got ${squareRootKl}`);
    expect(read).toThrow(expect.objectContaining({ name: 'GoldEvalError', code: 'invalid-value' }));
  }
});
