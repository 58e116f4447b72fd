// docs/decisions: every page is in the index with its status, and is a screen long at most.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './follow-page.js';

/** What a screen of 1080 pixels shows, in characters. */
const SCREEN = 4400;

const folder = join(root, 'docs/decisions');
const pages = readdirSync(folder).filter((page) => page !== 'README.md');
const index = readFileSync(join(folder, 'README.md'), 'utf8');

test.each(pages)('%s is a screen long at most', (page) => {
  expect(readFileSync(join(folder, page), 'utf8').length).toBeLessThanOrEqual(SCREEN);
});

test('the index has every page once, by its title, with a status', () => {
  const rows = [...index.matchAll(/^\| \[(.*)\]\((.*)\) \| (in force|open: |replaced by ).*\|$/gm)];
  expect(rows.map(([, , page]) => page).sort()).toEqual(pages.sort());
  const titles = rows.filter(
    ([, title, page = '']) => !readFileSync(join(folder, page), 'utf8').startsWith(`# ${title}\n`),
  );
  expect(titles.map(([row]) => row)).toEqual([]);
});
