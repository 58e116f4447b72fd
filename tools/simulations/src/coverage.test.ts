import { expect, test } from 'vitest';
import { coverageOfMeans } from './coverage.js';
import { fallsFound } from './falls.js';
import { decisionsAtLooks } from './looks.js';
import { meanOf } from './simulated-study.js';

/** Four standard errors of a share of 0.95, measured in this many studies. */
const slack = (studies: number): number => 4 * Math.sqrt((0.95 * 0.05) / studies);

test('intervals over seeds and prompts cover the truth at least as often as they say', () => {
  const found = coverageOfMeans(20);
  expect(meanOf(found.map(({ covered }) => covered))).toBeGreaterThan(0.95 - slack(20 * found.length));
});

test('a fall of 0 is called a fall as seldom as promised, and one of 10 points is seen', () => {
  const found = fallsFound(15);
  for (const { fall, shown, covered } of found) {
    expect(covered).toBeGreaterThan(0.95 - slack(15));
    if (fall === 0) expect(shown).toBeLessThan(0.05 + slack(15));
  }
  expect(found.at(-1)).toMatchObject({ fall: 10, seeds: 10 });
  expect(found.at(-1)?.shown).toBeGreaterThan(0.8);
});

test('three looks together decide wrongly at most as often as one would', () => {
  const found = decisionsAtLooks(15);
  const [none] = found;
  expect((none?.shown ?? 1) + (none?.refuted ?? 1)).toBeLessThan(0.05 + slack(15));
  expect(found.at(-1)).toMatchObject({ difference: 6, shown: 1 });
});
