import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { publishedPackages } from './packages.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

test('packages come behind those that they depend on', async () => {
  const packages = await publishedPackages(root);
  const names = packages.map(({ name }) => name);
  expect(names).toContain('@ais/objectives');
  expect(new Set(names).size).toBe(names.length);
  for (const [index, { needs }] of packages.entries()) {
    for (const need of needs) expect(names.slice(0, index)).toContain(need);
  }
  expect(packages.find(({ name }) => name === '@ais/trainer')?.needs).toContain('@ais/language-model');
});
