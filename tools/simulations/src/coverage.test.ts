import { expect, test } from 'vitest';
import { coverageOfMeans } from './coverage.js';
import { fallsFound } from './falls.js';
import { decisionsAtLooks } from './looks.js';

/** Four standard errors of a share of 0.95 among so many studies. */
const slack = (studies: number): number => 4 * Math.sqrt((0.95 * 0.05) / studies);

test('intervals over seeds and prompts cover the truth at least as often as they say', () => {
  for (const { spread, seeds, covered, twice } of coverageOfMeans(150)) {
    expect(covered, `${spread}, ${seeds} seeds`).toBeGreaterThan(0.95 - slack(150));
    expect(twice).toBeGreaterThanOrEqual(1 - 1e-9);
  }
});

test('a fall of 0 is called a fall as seldom as promised, and is shown to be small with enough seeds', () => {
  const none = fallsFound(60).filter(({ fall }) => fall === 0);
  for (const { shown, covered } of none) {
    expect(shown).toBeLessThan(0.05 + slack(60));
    expect(covered).toBeGreaterThan(0.95 - slack(60));
  }
  expect(none.at(-1)?.below5).toBeGreaterThan(0.8);
});

test('three looks together decide wrongly at most as often as one would', () => {
  const [none] = decisionsAtLooks(60);
  expect((none?.shown ?? 1) + (none?.refuted ?? 1)).toBeLessThan(0.05 + slack(60));
});
