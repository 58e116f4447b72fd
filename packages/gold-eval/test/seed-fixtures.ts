import { expect } from 'vitest';
import fixture from '../fixtures/seeds.json' with { type: 'json' };
import type { SeedCurves } from '../src/seeds/seed-curves.js';
import type { SeedsEstimate } from '../src/seeds/seeds-interval.js';
import { fixtureCurve } from './fixture-curve.js';

/** Curves of two methods over the same seeds and prompts. */
export const adaptive: SeedCurves = fixture.adaptive.map(fixtureCurve);
export const plain: SeedCurves = fixture.plain.map(fixtureCurve);

/** The values of each seed exactly, and the error over prompts within the noise of SciPy’s bootstrap. */
export function expectLikeSciPy(
  found: SeedsEstimate | undefined,
  expected: { perSeed: readonly number[]; promptError: number },
  range: number,
  places: number,
): void {
  // What an error has at least, which a bootstrap does not know of.
  const prompts = fixture.plain[0]?.outcomes[0]?.length ?? Number.NaN;
  const error = Math.hypot(expected.promptError, range / (2 * Math.sqrt(prompts * (prompts + 1))));
  for (const [index, value] of expected.perSeed.entries())
    expect(found?.perSeed[index]).toBeCloseTo(value, 12);
  expect((found?.promptError ?? Number.NaN) / error).toBeCloseTo(1, places);
}
