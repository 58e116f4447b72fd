import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** The data of a study that was run, without how long anything took. */
export function untimedStudy(path: string): object {
  const text = readFileSync(path, 'utf8');
  expect(JSON.parse(text).seconds).toBeGreaterThan(0);
  return JSON.parse(text, (key, value) => (key === 'seconds' ? undefined : value));
}
