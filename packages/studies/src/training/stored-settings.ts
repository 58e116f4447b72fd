import { join } from 'node:path';
import { readJson } from '../durable-json.js';
import type { CommandName } from './settings.js';

/**
 * The settings that the run in a directory was started with, for `--resume`; nothing where there is no run of this
 * command.
 */
export async function storedSettings(
  directory: string,
  command: CommandName,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const found = await readJson<{
    readonly configuration?: { readonly command?: string; readonly settings?: Record<string, unknown> };
    readonly checkpoints?: { readonly every?: number | null; readonly keep?: number };
  }>(join(directory, 'config.json'));
  if (found?.configuration?.command !== command || !found.configuration.settings) return undefined;
  const { every, keep } = found.checkpoints ?? {};
  const { training, ...settings } = found.configuration.settings;
  return {
    ...settings,
    training: {
      ...(training as object),
      keepCheckpoints: keep ?? 2,
      ...(typeof every === 'number' && { checkpointEvery: every }),
    },
  };
}
