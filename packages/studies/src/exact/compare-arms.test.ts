import { expect, test } from 'vitest';
import { type ArmComparisonSettings, compareArms } from './compare-arms.js';
import { type ExactRow, exactRows, exactTable } from './exact-row.js';
import { findRows } from './find-rows.js';

const settings: ArmComparisonSettings = {
  world: {
    vocabulary: 2,
    length: 3,
    context: 1,
    pairs: 20,
    flips: 0,
    referenceSpread: 1,
    shiftTemperature: 1,
  },
  training: { updates: 10, batchSize: 8, learningRate: 0.05, evaluations: 5 },
  betas: [0.1, 1],
  shifts: ['none', 'unknown', 'known'],
  looks: [3],
};
const factors = { part: 'grid', length: 3, context: 1, pairs: 20, flips: 0 } as const;

async function rowsOf(change: Partial<ArmComparisonSettings> = {}): Promise<ExactRow[]> {
  return (await compareArms({ ...settings, ...change })).map((finding) => ({ ...factors, ...finding }));
}

test('every method is compared on every kind of data, at each β and over all of them', async () => {
  const rows = await rowsOf();
  // Five methods on three kinds of data, at two β in two ways, and over β in two; and DPO on two kinds of data at each β.
  expect(rows).toHaveLength(5 * 3 * (2 * 2 + 2) + 2 * 2);
  expect(new Set(rows.map(({ arm, at, shift, beta }) => `${arm} ${at} ${shift} ${beta}`)).size).toBe(
    rows.length,
  );
  expect(rows.every(({ seeds }) => seeds === 3)).toBe(true);
  expect(await rowsOf()).toEqual(rows);
});

test('after one update all methods are DPO, for weights are 1 at the reference, unless μ is another policy', async () => {
  const rows = await rowsOf({ training: { ...settings.training, updates: 1, evaluations: 1 } });
  for (const row of rows.filter(({ arm, shift }) => arm !== 'dpo' && shift !== 'known')) {
    expect(row.win.value).toBeCloseTo(0, 10);
    expect(row.verdict).toBe('equivalent');
  }
  const known = findRows(rows, { arm: 'plain', shift: 'known', at: 'steps' });
  expect(known.some(({ win }) => Math.abs(win.value) > 1e-4)).toBe(true);
});

test('a method stops at the look that decides both of its win rates, and DPO goes on for the others', async () => {
  const rows = await rowsOf({
    training: { ...settings.training, learningRate: 0.001 },
    looks: [3, 6],
  });
  // Steps this small move nothing by 2 points.
  expect(rows.filter(({ arm }) => arm !== 'dpo').every(({ seeds, look }) => seeds === 3 && look === 1)).toBe(
    true,
  );
  const noisy = await rowsOf({ training: { ...settings.training, learningRate: 0.5 }, looks: [3, 6] });
  const decided = findRows(noisy, { at: 'steps' }).filter(({ arm }) => arm !== 'dpo');
  for (const { verdict, look, seeds } of decided) {
    if (verdict === 'open') expect(look).toBe(2);
    expect(seeds).toBe(look === 1 ? 3 : 6);
  }
  expect(decided.some(({ look }) => look === 2)).toBe(true);
});

test('seeds begin where they are told to', async () => {
  const mean = (rows: readonly ExactRow[]): number =>
    findRows(rows, { arm: 'ais', at: 'steps', shift: 'none', beta: 0.1 })[0]!.gold.value;
  const [all, first, others] = [
    await rowsOf({ looks: [6] }),
    await rowsOf({ looks: [3] }),
    await rowsOf({ looks: [3], firstSeed: 4 }),
  ].map(mean) as [number, number, number];
  expect(others).not.toBeCloseTo(first, 6);
  expect((first + others) / 2).toBeCloseTo(all, 12);
});

test('several looks have wider intervals than one', async () => {
  const width = (rows: readonly ExactRow[]): number =>
    findRows(rows, { arm: 'ais', at: 'steps', shift: 'none', beta: 0.1 })[0]!.gold.half;
  const once = await rowsOf({ looks: [6] });
  const twice = await rowsOf({ looks: [5, 6], training: { ...settings.training } });
  expect(width(twice)).toBeGreaterThan(width(once));
});

test('stops when it is told to', async () => {
  const stop = new AbortController();
  const done = compareArms(settings, { signal: stop.signal, onSeeds: () => stop.abort() });
  await expect(done).rejects.toMatchObject({ name: 'AbortError' });
});

test('rows become numbers and rows again', async () => {
  const rows = await rowsOf();
  const again = exactRows(JSON.parse(JSON.stringify(exactTable(rows))));
  expect(again).toHaveLength(rows.length);
  for (const [index, row] of again.entries()) {
    const { win, gold, kl, ...rest } = rows[index]!;
    expect(row).toMatchObject(rest);
    for (const [own, other] of [
      [row.win, win],
      [row.gold, gold],
      [row.kl, kl],
    ] as const) {
      expect(own.value).toBeCloseTo(other.value, 4);
      expect(own.half).toBeCloseTo(other.half, 4);
    }
  }
  expect(exactRows(exactTable([{ ...rows[0]!, context: 'full' }]))[0]?.context).toBe('full');
});
