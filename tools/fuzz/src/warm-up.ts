import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { useBackend } from '@ais/runtime';
import type { FuzzTarget } from './target.js';

/** Reads every seed once: tables that a first use makes are not a mutated file's doing. */
export async function warmUp(target: Pick<FuzzTarget, 'seeds' | 'read'>, backend?: 'wasm'): Promise<void> {
  if (backend) await useBackend(backend);
  const directory = await mkdtemp(join(tmpdir(), 'fuzz-warm-'));
  try {
    for (const [base, files] of (await target.seeds()).entries()) {
      const folder = join(directory, `seed-${base}`);
      await mkdir(folder);
      for (const [name, content] of files) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), content);
      }
      await target.read(folder, { base, files });
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}
