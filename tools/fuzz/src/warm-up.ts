import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@ais/runtime';
import type { FuzzTarget } from './target.js';

/** Reads every seed once on WASM: tables that a first use makes are not a mutated file's doing. */
export async function warmUp(target: Pick<FuzzTarget, 'seeds' | 'read'>): Promise<void> {
  await useBackend('wasm');
  const directory = await mkdtemp(join(tmpdir(), 'fuzz-warm-'));
  try {
    for (const [index, files] of (await target.seeds()).entries()) {
      const folder = join(directory, `seed-${index}`);
      await mkdir(folder);
      for (const [name, content] of files) await writeFile(join(folder, name), content);
      await target.read(folder);
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}
