// The figures of docs/importance-weights.md, and the numbers in its text.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { docsFolder, expectUpToDate } from '../../../../tools/vitest/up-to-date.js';
import { fixed, inverseLength, inverseSqrtLength } from '../../src/index.js';
import { momentsOf, weightFigures } from './weight-figures.js';

it.each(Object.entries(weightFigures))('%s is up to date', async (file, draw) => {
  expectUpToDate(`importance-weights/${file}`, await draw());
});

it('the table of the page holds what the package computes', () => {
  const page = readFileSync(join(docsFolder, 'importance-weights.md'), 'utf8');
  const rows = [
    ['`fixed(1)`', fixed(1)],
    ['`fixed(0.25)`', fixed(0.25)],
    ['`inverseSqrtLength()`', inverseSqrtLength()],
    ['`inverseLength()`', inverseLength()],
  ] as const;
  for (const [name, smoothing] of rows) {
    const cells = [1, 12].flatMap((length) => {
      const { bias, variance } = momentsOf(smoothing, length);
      return [bias, variance].map((value) => Math.abs(value).toFixed(3));
    });
    expect(page).toContain(`| ${name} | ${cells.join(' | ')} |`);
  }
});
