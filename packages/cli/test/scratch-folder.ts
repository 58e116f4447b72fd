import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** A folder of each test's own, removed after it: gives the path of what is in it, or its own. */
export function scratchFolder(): (...names: string[]) => string {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ais-cli-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });
  return (...names) => join(root, ...names);
}
