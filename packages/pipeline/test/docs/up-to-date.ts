import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/** Expects a generated page of docs/ to be what is on disk; with UPDATE_DOCS=1 it is written instead. */
export function expectUpToDate(file: string, content: string): void {
  const path = fileURLToPath(new URL(`../../../../docs/${file}`, import.meta.url));
  if (process.env['UPDATE_DOCS']) writeFileSync(path, content);
  const remedy = `docs/${file} is stale; run UPDATE_DOCS=1 npx vitest run packages/pipeline/test/docs`;
  expect(existsSync(path) && readFileSync(path, 'utf8'), remedy).toBe(content);
}
