import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { backEndTable, browserTable } from './browser-table.js';
import { browserEntries } from './entries.js';

const root = join(import.meta.dirname, '../../..');
const packages = join(root, 'packages');

it('names every entry of every package, once', () => {
  const exported = readdirSync(packages).flatMap((folder) => {
    const { name, exports } = JSON.parse(readFileSync(join(packages, folder, 'package.json'), 'utf8'));
    return Object.entries(exports)
      .filter(([, target]) => typeof target === 'object')
      .map(([path]) => `${name}${path.slice(1)}`);
  });
  expect(browserEntries.map(({ entry }) => entry).sort()).toEqual(exported.sort());
});

it('docs/browsers.md has the tables of what is checked', () => {
  const page = readFileSync(join(root, 'docs/browsers.md'), 'utf8');
  expect(page).toContain(`\n${browserTable()}\n`);
  expect(page).toContain(`\n${backEndTable()}\n`);
});
