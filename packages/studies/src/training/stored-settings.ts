import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { partialWorkInputs } from '@ais/trainer';
import { readJson, writeJson } from '../durable-json.js';
import type { CommandName } from './settings.js';

interface Stored {
  readonly command?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Stands in a run directory until the run itself begins, and its config.json stands. */
const EARLY = 'settings.json';

/** Where a command that writes one file keeps what it has done so far. */
export function partialPath(path: string): string {
  return `${path}.partial`;
}

/**
 * The settings that an interrupted command was started with, for `--resume`; nothing where none was, or another command.
 *
 * @param out what `--out` names: a run directory, or the file of `generate` and `label`
 */
export async function storedSettings(
  out: string,
  command: CommandName,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const of = (stored: Stored | undefined): Stored['settings'] =>
    stored?.command === command ? stored.settings : undefined;
  if (command === 'generate' || command === 'label') return of(await partialWorkInputs(partialPath(out)));
  const run = await readJson<{
    readonly configuration?: Stored;
    readonly checkpoints?: { readonly every?: number | null; readonly keep?: number };
  }>(join(out, 'config.json'));
  if (!run) return of(await readJson<Stored>(join(out, EARLY)));
  const found = of(run.configuration);
  if (!found) return undefined;
  const { every, keep } = run.checkpoints ?? {};
  const { training, ...settings } = found;
  return {
    ...settings,
    training: {
      ...(training as object),
      keepCheckpoints: keep ?? 2,
      ...(typeof every === 'number' && { checkpointEvery: every }),
    },
  };
}

/** Keeps the settings of a run that works before it begins, so that `--resume` knows them from then on. */
export async function rememberSettings(
  directory: string,
  command: CommandName,
  settings: object,
): Promise<void> {
  if (existsSync(join(directory, 'config.json'))) return;
  await writeJson(join(directory, EARLY), { command, settings });
}

/** Removes what `rememberSettings` kept, once the run's own record of it stands. */
export async function forgetSettings(directory: string): Promise<void> {
  if (existsSync(join(directory, 'config.json'))) await rm(join(directory, EARLY), { force: true });
}
