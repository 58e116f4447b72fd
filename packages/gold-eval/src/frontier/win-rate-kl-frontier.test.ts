import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCurve, curve } from '../../test/curves.js';
import { winRateKlFrontier } from './win-rate-kl-frontier.js';

describe('winRateKlFrontier', () => {
  test('no point of it is beaten, and every other point is', () => {
    fc.assert(
      fc.property(anyCurve, (pairs) => {
        const points = curve(pairs);
        const frontier = winRateKlFrontier(points);
        for (const point of points) {
          const beaten = points.some(
            (other) => other.squareRootKl <= point.squareRootKl && other.rate > point.rate,
          );
          if (frontier.includes(point)) expect(beaten).toBe(false);
          else {
            expect(
              frontier.some((other) => other.squareRootKl <= point.squareRootKl && other.rate >= point.rate),
            ).toBe(true);
          }
        }
      }),
    );
  });
});
