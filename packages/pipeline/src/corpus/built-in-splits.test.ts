import type { TextRecord } from '@ais/data';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { builtInSplits } from './built-in-splits.js';

const sizes = { supervised: 0, reward: 0, preference: 150, evaluation: 100 };
const packages: TextRecord[] = Array.from({ length: 400 }, (_, index) => ({
  id: `debian-${String(index).padStart(3, '0')}`,
  prompt: `About ${index}:`,
  response: ' a program',
}));
const ids = (records: readonly TextRecord[]): string[] => records.map(({ id }) => id);

test('the first packages of a split are a draw from all, not the first by name', () => {
  for (const source of ['debian', 'describe']) {
    const { evaluation, preference } = builtInSplits(packages, { source, sizes, seed: 1 });
    expect(ids([...evaluation, ...preference]).sort()).toEqual(ids(packages));
    const ranks = evaluation.slice(0, 50).map((record) => packages.indexOf(record));
    const mean = ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length;
    // Of 50 draws from 0 to 399 the mean has a standard error of 16; of the first 50 of such a split it would be about 45.
    expect(Math.abs(mean - 199.5)).toBeLessThan(50);
    expect(ids(evaluation)).not.toEqual(ids(builtInSplits(packages, { source, sizes, seed: 2 }).evaluation));
  }
});

test('generated text keeps its order', () => {
  const { evaluation } = builtInSplits(packages, { source: 'synthetic', sizes, seed: 1 });
  expect(ids(evaluation)).toEqual(ids(evaluation).sort());
});

test('packages that come or go, or come in another order, leave the others where they are', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(packages), fc.nat(5), (found, seed) => {
      const request = { source: 'debian', sizes, seed };
      const all = builtInSplits(packages, request);
      const some = builtInSplits(found, request);
      const kept = new Set(ids(found));
      for (const split of ['evaluation', 'preference'] as const) {
        expect(ids(some[split])).toEqual(ids(all[split]).filter((id) => kept.has(id)));
      }
    }),
    { numRuns: 30 },
  );
});
