import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPackage, templateNames } from 'create-ais-objective';
import { afterAll, beforeAll, test } from 'vitest';

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

test.each(templateNames)('a package made of the template %s has sound types', async (template) => {
  const { directory } = await createPackage({ name: `my-${template}`, template, parent });
  run(directory, 'typescript/bin/tsc');
});

test('an objective made of the template passes its own tests', () => {
  run(join(parent, 'my-objective'), 'vitest/vitest.mjs', 'run');
});
