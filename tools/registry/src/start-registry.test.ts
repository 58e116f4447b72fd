import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { execute } from './execute.js';
import { type Registry, startRegistry } from './start-registry.js';

let folder: string;
let registry: Registry;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-registry-test-'));
  registry = await startRegistry();
});
afterEach(async () => {
  await registry.close();
  await rm(folder, { recursive: true });
});

test('what is published once is installed from it, on this machine alone', async () => {
  expect(registry.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  const [one, reader] = [join(folder, 'one'), join(folder, 'reader')];
  for (const directory of [one, reader]) await mkdir(directory);
  await writeFile(join(one, 'package.json'), JSON.stringify({ name: '@ais/one', version: '1.2.3' }));
  await registry.publish([one]);
  await expect(registry.publish([one])).rejects.toThrow('You cannot publish over the previously published');

  await writeFile(join(reader, '.npmrc'), registry.npmrc('@ais'));
  await execute('npm', ['install', '@ais/one', '--no-audit', '--no-fund'], { directory: reader });
  const installed = await readFile(join(reader, 'node_modules/@ais/one/package.json'), 'utf8');
  expect(JSON.parse(installed)).toMatchObject({ version: '1.2.3' });
});
