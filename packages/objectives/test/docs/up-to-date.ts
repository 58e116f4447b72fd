import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { packageFolder } from './doc-comment.js';

/** Where the workspace keeps its pages. */
export const docsFolder: string = join(packageFolder, '../../docs');

/**
 * Expects a generated page to be what is on disk; with UPDATE_DOCS=1 it is written instead.
 *
 * Pictures may differ in the last digits, because back ends do.
 */
export function expectUpToDate(file: string, content: string): void {
  const path = join(docsFolder, file);
  if (process.env['UPDATE_DOCS']) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return;
  }
  const remedy = `docs/${file} is stale; run UPDATE_DOCS=1 npx vitest run packages/objectives/test/docs`;
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
