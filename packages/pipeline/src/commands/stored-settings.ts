import { existsSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, writeJson } from '@ais/runtime/files';
import { type JsonObject, partialPath, partialWorkInputs } from '@ais/trainer/runs';
import type { RunContext } from '../context.js';
import type { CommandName } from '../settings/command-settings.js';
import { type ApiSettings, withoutPractice } from '../settings/judge-settings.js';
import { isLayer, type Layer, mergeLayer } from '../settings/settings-file.js';
import { REFERENCE_FILES } from '../steps/run-reference.js';
import { explainChange } from './changed-inputs.js';

interface Stored {
  readonly command?: string;
  readonly settings?: Layer;
  /** What may change when the work resumes. */
  readonly notes?: Layer;
}

/** In a run directory until the run's own record of its settings, config.json, is written. */
const EARLY = 'settings.json';

/** What decides the result of a command that writes one file, for `--resume`; what is under `notes` may change then. */
export function inputsOf(
  command: FileCommandName,
  settings: object & { readonly api?: ApiSettings | undefined },
): JsonObject {
  const { decisive, practice } = withoutPractice(settings);
  return {
    command,
    settings: JSON.parse(JSON.stringify(decisive)),
    notes: JSON.parse(JSON.stringify(practice)),
  };
}

/** Commands that write one file, in parts that are kept beside it. */
export type FileCommandName = 'generate' | 'label' | 'evaluate';

/**
 * Whether a command writes one file, and not a run directory.
 *
 * @example
 * console.log(writesFile('generate'), writesFile('train')); // true false
 */
export function writesFile(command: CommandName): command is FileCommandName {
  return command === 'generate' || command === 'label' || command === 'evaluate';
}

/**
 * The settings that an interrupted command was started with, for `--resume`; nothing if there was none, or another command.
 *
 * @param out what `--out` names: a run directory, or the file of `generate`, `label`, and `evaluate`
 * @example
 * console.log(await storedSettings('runs/missing', 'train')); // undefined
 */
export async function storedSettings(out: string, command: CommandName): Promise<Layer | undefined> {
  const of = (stored: Stored | undefined): Layer | undefined =>
    stored?.command === command && stored.settings
      ? mergeLayer(stored.settings, isLayer(stored.notes) ? stored.notes : {})
      : undefined;
  if (writesFile(command)) return of(await partialWorkInputs(partialPath(out)));
  const run = await readJson<{
    readonly configuration?: Stored;
    readonly notes?: Layer;
    readonly checkpoints?: { readonly every?: number | null; readonly keep?: number };
  }>(join(out, 'config.json'));
  if (!run) return of(await readJson<Stored>(join(out, EARLY)));
  const { commandLine: _, ...notes } = run.notes ?? {};
  const found = of(run.configuration && { ...run.configuration, notes });
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

/**
 * Does the work of a run whose settings are known from its first moment: what is prepared before the run itself begins may
 * take long, and `--resume` must know the settings then too.
 *
 * Work that fails before the run begins removes what it has written, so that the same command can be given again, and nothing of other
 * processes, such as those of shards; work that is interrupted leaves what it has done.
 */
export async function withStoredSettings<Outcome>(
  { directory, signal, group }: Pick<RunContext, 'directory' | 'signal' | 'group'>,
  command: CommandName,
  settings: object,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  if (group && group.rank > 0) return work();
  const recorded = (): boolean => existsSync(join(directory, 'config.json'));
  const before = await entriesOf(directory);
  if (!recorded()) await writeJson(join(directory, EARLY), { command, settings });
  try {
    return await work();
  } catch (error) {
    if (!recorded() && !signal.aborted) await removeNew(directory, before);
    throw explainChange(error, directory, settings, await countedIn(directory));
  } finally {
    if (recorded()) await rm(join(directory, EARLY), { force: true });
  }
}

/** What the data of the run in a folder are counted in. */
async function countedIn(directory: string): Promise<string | undefined> {
  const run = await readJson<{ readonly data?: object }>(join(directory, 'config.json')).catch(
    () => undefined,
  );
  return Object.keys(run?.data ?? {})[0];
}

/** The names in a folder; nothing where there is no folder. */
async function entriesOf(directory: string): Promise<readonly string[] | undefined> {
  return existsSync(directory) ? readdir(directory) : undefined;
}

/** What is written in a run's folder before the run begins; shards beside these belong to other processes. */
const PREPARED: readonly string[] = [
  EARLY,
  ...Object.values(REFERENCE_FILES).flatMap((name) => [name, partialPath(name)]),
];

/** Removes what was prepared in the meantime, and the folders that are empty then. */
async function removeNew(directory: string, before: readonly string[] | undefined): Promise<void> {
  for (const name of PREPARED) {
    if (!before?.includes(name)) await rm(join(directory, name), { force: true });
  }
  const folders = [...(before?.includes('checkpoints') ? [] : ['checkpoints']), ...(before ? [] : ['.'])];
  for (const folder of folders) await rmdir(join(directory, folder)).catch(() => {});
}
