import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../../../', import.meta.url);
const page = readFileSync(new URL('docs/never-silently-wrong.md', root), 'utf8');
const named = new Set([...page.matchAll(/`(packages\/[^`]+\.test\.ts)`/g)].map(([, path = '']) => path));

test('each test that the page names exists', () => {
  expect(named.size).toBeGreaterThan(10);
  expect([...named].filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
});

test('the page names each test of the suite', () => {
  const suite = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.test.ts'));
  const missing = suite.filter((name) => !named.has(`packages/cli/test/cases/${name}`));
  expect(missing).toEqual(['never-silently-wrong.test.ts']);
});
