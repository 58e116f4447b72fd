import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchmarkContext } from './context.js';
import type { ModelName } from './model-shapes.js';

/** Makes a random checkpoint that both sides open; returns its folder, in `folder`. */
export async function makeCheckpoint(
  { start, onProgress }: BenchmarkContext,
  { model, seed, folder }: { readonly model: ModelName; readonly seed: number; readonly folder: string },
): Promise<string> {
  onProgress(`Making a random ${model}.`);
  const directory = join(folder, model);
  await mkdir(directory);
  const side = await start({ side: 'checkpoint', settings: { model, seed, directory } });
  await side.close();
  return directory;
}
