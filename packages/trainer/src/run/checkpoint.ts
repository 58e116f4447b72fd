import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { explainFileError, publish, removeWhole, sha256OfFile, temporaryPath } from '@ais/runtime/files';
import { TrainerError } from '../errors.js';

const MANIFEST = 'manifest.json';

/** A checkpoint in the folder of all of a run. */
export interface StoredCheckpoint {
  readonly step: number;
  /** Whether the stage's finish is still to come, which the checkpoint of the same step without this has behind it. */
  readonly unfinished: boolean;
  readonly directory: string;
}

/** A checkpoint whose files are all there, under a temporary name and not flushed. */
export interface FilledCheckpoint {
  readonly root: string;
  readonly name: string;
  readonly temporary: string;
}

/** `step-12`, or `step-12.unfinished` if the stage's finish is still to come: not what others should take for a result. */
export function checkpointName(step: number, options: { readonly unfinished?: boolean } = {}): string {
  return `step-${step}${options.unfinished ? '.unfinished' : ''}`;
}

/**
 * Writes the checkpoint of a step, whole or not at all.
 *
 * The files are made under a temporary name and flushed; the manifest with their SHA-256 comes last; then the
 * folder takes its name. Whatever happens on the way, earlier checkpoints stay as they were.
 *
 * @param root the folder of all checkpoints
 * @param name from `checkpointName`; must not exist
 * @param fill writes the files into the folder it is given
 * @returns the checkpoint's folder
 * @throws {FileError} `disk-full` or `not-writable`; nothing of the new checkpoint is left then
 */
export async function writeCheckpoint(
  root: string,
  name: string,
  fill: (directory: string) => Promise<void>,
): Promise<string> {
  return completeCheckpoint(await fillCheckpoint(root, name, fill));
}

/** The first half of `writeCheckpoint`: afterwards what was to be saved may change again. */
export async function fillCheckpoint(
  root: string,
  name: string,
  fill: (directory: string) => Promise<void>,
): Promise<FilledCheckpoint> {
  const filled = { root, name, temporary: temporaryPath(join(root, name)) };
  return orNothing(filled, async () => {
    await mkdir(filled.temporary, { recursive: true });
    await fill(filled.temporary);
    return filled;
  });
}

/** The second half of `writeCheckpoint`, which takes the longer and needs nothing but the files. */
export async function completeCheckpoint(filled: FilledCheckpoint): Promise<string> {
  const { root, name, temporary } = filled;
  const directory = join(root, name);
  return orNothing(filled, async () => {
    await writeFile(join(temporary, MANIFEST), await describeFiles(temporary));
    await publish(temporary, directory);
    return directory;
  });
}

async function orNothing<T>({ root, temporary }: FilledCheckpoint, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw explainFileError(error, root);
  }
}

/**
 * Finds the newest checkpoint that is whole, and sets damaged newer ones aside as `damaged-step-N`.
 *
 * @param root the folder of all checkpoints; may be missing
 * @param onWarning told of every damaged checkpoint
 * @returns undefined if there is no checkpoint at all
 * @throws {TrainerError} `damaged-run-directory` if there are checkpoints and none is whole
 */
export async function newestCheckpoint(
  root: string,
  onWarning: (message: string) => void,
): Promise<StoredCheckpoint | undefined> {
  const stored = await listCheckpoints(root);
  const damaged: StoredCheckpoint[] = [];
  for (const checkpoint of stored.reverse()) {
    if (!(await isWhole(checkpoint.directory))) {
      damaged.push(checkpoint);
      continue;
    }
    for (const { directory } of damaged) {
      const aside = join(root, `damaged-${basename(directory)}`);
      await rm(aside, { recursive: true, force: true });
      await rename(directory, aside);
      onWarning(
        `${directory} is damaged; it was renamed to ${aside}, and step ${checkpoint.step} is used instead.`,
      );
    }
    return checkpoint;
  }
  if (damaged.length === 0) return undefined;
  throw new TrainerError(
    'damaged-run-directory',
    `Every checkpoint in ${root} is damaged. Start the run again in another directory.`,
  );
}

/**
 * The checkpoints in a folder, oldest first; whether they are whole is not checked.
 *
 * @param root `checkpoints` of a run's folder; may be missing
 * @example
 * console.log(await listCheckpoints('runs/missing/checkpoints')); // []
 */
export async function listCheckpoints(root: string): Promise<StoredCheckpoint[]> {
  const names = await readdir(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .flatMap((name) => checkpointNamed(root, name) ?? [])
    .sort((a, b) => a.step - b.step || Number(b.unfinished) - Number(a.unfinished));
}

/** The checkpoint that a name in their folder says; undefined if it is not a checkpoint's. */
export function checkpointNamed(root: string, name: string): StoredCheckpoint | undefined {
  const [, step, ending] = /^step-(\d+)(\.unfinished)?$/.exec(name) ?? [];
  if (step === undefined) return undefined;
  return { step: Number(step), unfinished: ending !== undefined, directory: join(root, name) };
}

/**
 * Removes all but the newest `keep` checkpoints and those of the steps named, and an unfinished one that has its finished
 * one beside it; what is being removed no longer bears a checkpoint's name.
 */
export async function removeOldCheckpoints(
  root: string,
  keep: number,
  alsoKept: readonly number[] = [],
): Promise<void> {
  const stored = await listCheckpoints(root);
  const superseded = stored.slice(0, -1).filter(({ unfinished }) => unfinished);
  const finished = stored.filter((checkpoint) => !superseded.includes(checkpoint));
  const old = finished
    .slice(0, Math.max(0, finished.length - keep))
    .filter(({ step }) => !alsoKept.includes(step));
  for (const { directory } of [...superseded, ...old]) await removeWhole(directory);
}

/**
 * Whether a checkpoint's files are those that its manifest describes; others beside them, such as notes, are ignored.
 *
 * @example
 * const { checkpoint } = await trainSft(policy, examples, options);
 * console.log(await isWholeCheckpoint(checkpoint)); // true
 */
export async function isWhole(directory: string): Promise<boolean> {
  const stored = await readFile(join(directory, MANIFEST), 'utf8').catch(() => undefined);
  // Comparing the texts, not their parsed contents, detects every flipped byte of the manifest too.
  return stored !== undefined && stored === (await describeFiles(directory, filesOf(stored)));
}

/** The files that a manifest describes; none if it is damaged. */
function filesOf(manifest: string): ReadonlySet<string> {
  try {
    return new Set(Object.keys((JSON.parse(manifest) as { readonly files: object }).files));
  } catch {
    return new Set();
  }
}

/** @param only the files to describe, with `/` between folders; all by default */
async function describeFiles(directory: string, only?: ReadonlySet<string>): Promise<string> {
  const names = (await readdir(directory, { recursive: true })).filter((name) => name !== MANIFEST).sort();
  const files: Record<string, { bytes: number; sha256: string }> = {};
  for (const native of names) {
    const name = native.replaceAll('\\', '/');
    const path = join(directory, native);
    if ((only && !only.has(name)) || (await stat(path)).isDirectory()) continue;
    files[name] = { bytes: (await stat(path)).size, sha256: await sha256OfFile(path) };
  }
  return `${JSON.stringify({ format: 1, files }, null, 2)}\n`;
}
