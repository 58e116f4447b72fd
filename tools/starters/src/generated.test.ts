import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPackage, templateNames } from 'create-ais-objective';
import { afterAll, beforeAll, expect, test } from 'vitest';

const tools = fileURLToPath(new URL('..', import.meta.url));
let parent: string;

// What the packages depend on is here already; that of this workspace as built, which `pnpm test` has seen to.
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'ais-generated-'));
  symlinkSync(join(tools, 'node_modules'), join(parent, 'node_modules'));
});

afterAll(() => rmSync(parent, { recursive: true }));

function run(directory: string, program: string, ...parameters: string[]): void {
  const path = join(tools, 'node_modules', program);
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...parameters], {
    cwd: directory,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', VITEST: undefined, VITEST_SUMMARY: undefined },
  });
  if (status !== 0) throw new Error(`${program} ends with status ${status}:\n${stdout}${stderr}`);
}

test('packages made of all templates have sound types', async () => {
  const options: string[] = [];
  for (const template of templateNames) {
    const { directory } = await createPackage({ name: `my-${template}`, template, parent });
    options.push(readFileSync(join(directory, 'tsconfig.json'), 'utf8'));
  }
  // All have the same options, so that one compiler reads what they depend on once.
  expect(new Set(options).size).toBe(1);
  const { include, ...rest } = JSON.parse(options[0] ?? '') as { include: readonly string[] };
  const everything = templateNames.flatMap((name) => include.map((path) => `my-${name}/${path}`));
  writeFileSync(join(parent, 'tsconfig.json'), JSON.stringify({ ...rest, include: everything }));
  run(parent, 'typescript/bin/tsc');
});

test('an objective made of the template passes its own tests', () => {
  run(join(parent, 'my-objective'), 'vitest/vitest.mjs', 'run');
});
