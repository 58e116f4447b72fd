import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckpointSettings } from '../sides/checkpoint-side.js';
import type { BenchmarkContext } from './context.js';

/** Makes a random checkpoint that both sides open; returns its folder, in `folder`. */
export async function makeCheckpoint(
  { start, onProgress }: BenchmarkContext,
  options: Omit<CheckpointSettings, 'directory'> & { readonly folder: string },
): Promise<string> {
  const { folder, ...settings } = options;
  const { model } = settings;
  onProgress(`Making a random ${model}.`);
  const directory = join(folder, model);
  await mkdir(directory);
  const side = await start({ side: 'checkpoint', settings: { ...settings, directory } });
  await side.close();
  return directory;
}
