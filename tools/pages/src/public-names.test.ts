// Every name that a package exports has a comment, and every function an example, which the packages' own tests run.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type PublicName, packageFolders, publicNames } from './public-names.js';

const all = packageFolders().map((folder) => [folder, publicNames(folder)] as const);

test.each(all)('%s: every public name has a comment', (_, names) => {
  expect(told(names.filter(({ comment }) => comment === ''))).toEqual([]);
});

test.each(all)('%s: every public function has an example', (_, names) => {
  const silent = names.filter(({ kind, comment }) => kind === 'function' && !comment.includes('@example'));
  expect(told(silent)).toEqual([]);
});

test.each(all)('%s: its README names every entry point', (folder, names) => {
  const readme = readFileSync(new URL(`../../../packages/${folder}/README.md`, import.meta.url), 'utf8');
  const entries = [...new Set(names.map(({ from }) => from))];
  // `/loop` alone is enough where the package's name is around it.
  const told = (entry: string): boolean =>
    readme.includes(entry) || readme.includes(`\`${entry.replace(/^@ais\/[^/]+/, '')}\``);
  expect(entries.filter((entry) => !told(entry))).toEqual([]);
});

test('names are found where they are declared, under the names that they have outside', () => {
  const found = (folder: string, name: string, from: string): PublicName | undefined =>
    publicNames(folder).find((each) => each.name === name && each.from === from);
  expect(found('trainer', 'isWholeCheckpoint', '@ais/trainer/runs')?.file).toBe(
    'trainer/src/run/checkpoint.ts',
  );
  expect(found('objectives', 'dpo', '@ais/objectives')?.kind).toBe('function');
  expect(found('data', 'HubOptions', '@ais/data')?.file).toMatch(/^runtime\//);
  expect(all.flatMap(([, names]) => names).length).toBeGreaterThan(1000);
});

function told(names: readonly PublicName[]): string[] {
  return [...new Set(names.map(({ file, name }) => `${file}: ${name}`))];
}
