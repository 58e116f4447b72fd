import { mkdir, mkdtemp, rm, symlink, utimes } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, vi } from 'vitest';

/** A new folder for each test of a file. */
export function scratchFolder(): { readonly path: string } {
  const scratch = { path: '' };
  beforeEach(async () => {
    scratch.path = await mkdtemp(join(tmpdir(), 'ais-workflow-'));
  });
  afterEach(() => rm(scratch.path, { recursive: true }));
  return scratch;
}

/** Lets the processes that a test starts run the sources, as the tests do. */
export function runSourcesInChildren(): void {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  vi.stubEnv('NODE_OPTIONS', `--import ${tsx} --conditions=@ais/source`);
}

/**
 * Makes an attempt look as if its process had not been heard of for a long time: its beat is an old date that the process
 * cannot write to.
 */
export async function silence(attempt: string): Promise<void> {
  const [beat, old] = [`${attempt}.beat`, `${attempt}.old`];
  await rm(beat);
  await mkdir(old);
  await utimes(old, 0, 0);
  await symlink(old, beat, 'junction');
}

export const stagesModule: string = new URL('./stages.js', import.meta.url).href;
