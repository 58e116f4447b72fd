import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where the workspace keeps its pages. */
export const docsFolder: string = join(root, 'docs');

/**
 * Expects a generated page to be what is on disk; with UPDATE_DOCS=1 it is written instead.
 *
 * Pictures may differ in the last digits, because back ends do.
 *
 * @param file its path in `docs/`
 */
export function expectUpToDate(file: string, content: string): void {
  const path = join(docsFolder, file);
  if (process.env['UPDATE_DOCS']) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return;
  }
  const test = relative(root, expect.getState().testPath ?? '');
  const remedy = `docs/${file} is stale; run UPDATE_DOCS=1 npx vitest run ${test}`;
  expect(existsSync(path), remedy).toBe(true);
  const onDisk = readFileSync(path, 'utf8');
  if (!file.endsWith('.svg')) {
    expect(onDisk, remedy).toBe(content);
    return;
  }
  const number = /-?\d+(\.\d+)?/g;
  expect(onDisk.replace(number, '#'), remedy).toBe(content.replace(number, '#'));
  const [before, after] = [onDisk, content].map((svg) => (svg.match(number) ?? []).map(Number)) as [
    number[],
    number[],
  ];
  expect(
    Math.max(...before.map((value, index) => Math.abs(value - (after[index] as number)))),
    remedy,
  ).toBeLessThan(0.5);
}
