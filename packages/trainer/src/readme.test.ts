import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { runFolder } from '../test/run-folder.js';

const folder = runFolder();

it('runs the example of the README, which prints what it says', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const code = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const said = [...code.matchAll(/console\.log\(.*?\); \/\/ (.*)/g)].map(([, value]) => value);
  expect(said.length).toBeGreaterThan(0);
  const path = fileURLToPath(new URL(`../test/readme-${process.pid}.ts`, import.meta.url));
  await writeFile(path, code.replace("'runs/first'", JSON.stringify(folder('run'))));
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    await import(/* @vite-ignore */ path);
    expect(log.mock.calls.map((values) => values.join(' '))).toEqual(said);
  } finally {
    log.mockRestore();
    await rm(path);
  }
});
