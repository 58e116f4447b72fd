import { expect, test } from 'vitest';
import { coverageOfMeans } from './coverage.js';
import { differencesAtEqualKl } from './equal-kl.js';
import { differencesAtEqualLength } from './equal-length.js';
import { fallsFound } from './falls.js';
import { familiesCovered } from './families.js';
import { klRatiosFound } from './kl-ratios.js';
import { decisionsAtLooks } from './looks.js';
import { searchesDone } from './searches.js';
import { meanOf } from './simulated-study.js';

/** Four standard errors of a share of 0.95, measured in this many studies. */
const slack = (studies: number): number => 4 * Math.sqrt((0.95 * 0.05) / studies);

test('intervals over seeds and prompts cover the truth at least as often as they say', () => {
  const found = coverageOfMeans(20);
  expect(meanOf(found.map(({ covered }) => covered))).toBeGreaterThan(0.95 - slack(20 * found.length));
});

test('intervals cover the truth where prompts come in families, and do not where those are ignored', () => {
  const found = familiesCovered(15);
  expect(meanOf(found.map(({ covered }) => covered))).toBeGreaterThan(0.95 - slack(15 * found.length));
  expect(meanOf(found.map(({ alone }) => alone.covered))).toBeLessThan(0.9);
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

test('ratios of KL and differences at equal KL are covered, and pairing prompts narrows the former', () => {
  const ratios = klRatiosFound(15);
  const differences = differencesAtEqualKl(10);
  for (const found of [ratios, differences]) {
    const cells = found.length * (found === ratios ? 15 : 10);
    expect(meanOf(found.map(({ covered }) => covered))).toBeGreaterThan(0.95 - slack(cells));
  }
  expect(ratios.at(-1)?.unpaired).toBeGreaterThan(1.3);
});

test('differences at equal length are covered, and pairing prompts narrows them', () => {
  const found = differencesAtEqualLength(10);
  expect(meanOf(found.map(({ covered }) => covered))).toBeGreaterThan(0.95 - slack(10 * found.length));
  for (const { seeds, unpaired } of found) if (seeds > 3) expect(unpaired).toBeGreaterThan(1.3);
});

test('a search over three seeds hardly ever takes a rate at which nothing falls', () => {
  const three = searchesDone(15).find(({ seeds }) => seeds === 3);
  expect(three?.chosen[0]).toBeLessThan(0.1);
  const total = [...(three?.chosen ?? []), three?.none ?? 0].reduce((sum, share) => sum + share, 0);
  expect(total).toBeCloseTo(1, 12);
});
