import { expect, test } from 'vitest';
import { functionOfMeans, logarithm, squareRoot } from './function-of-means.js';
import { meanOverSeeds } from './seeds-interval.js';

const values = [
  [1, 4, 9, 2],
  [2, 5, 8, 1],
];
const meanOf = (row: readonly number[]) => row.reduce((sum, value) => sum + value, 0) / row.length;

test.each([
  ['root', squareRoot, Math.sqrt],
  ['logarithm', logarithm, Math.log],
] as const)('has the %s of each seed’s mean, with the error that prompts make of it', (_, f, plain) => {
  const table = functionOfMeans(values, f);
  expect(table.map(meanOf)).toEqual([plain(4), plain(4)].map((value) => expect.closeTo(value, 12)));
  // The slope is that of a finite difference.
  const { slope } = f(4);
  expect(slope).toBeCloseTo((plain(4 + 1e-5) - plain(4 - 1e-5)) / 2e-5, 8);
  expect(table[0]![2]! - table[0]![0]!).toBeCloseTo(slope * 8, 12);
});

test('of twice the values the difference of logarithms has no error', () => {
  const twice = functionOfMeans(
    values.map((row) => row.map((value) => 2 * value)),
    logarithm,
  );
  const once = functionOfMeans(values, logarithm);
  const ratio = meanOverSeeds(
    twice.map((row, seed) => row.map((value, prompt) => value - once[seed]![prompt]!)),
    { range: 0 },
  );
  expect(ratio.value).toBeCloseTo(Math.log(2), 12);
  expect(ratio.high - ratio.low).toBeLessThan(1e-12);
});

test('takes other means than those of the values, and is flat where a divergence is nothing', () => {
  expect(functionOfMeans([[1, 3]], squareRoot, [4])).toEqual([[1.75, 2.25]]);
  expect(squareRoot(-0.1)).toEqual({ value: 0, slope: 0 });
});
