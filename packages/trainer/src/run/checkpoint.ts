import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TrainerError, writingError } from '../errors.js';
import { syncDirectory } from './durable-files.js';

const MANIFEST = 'manifest.json';

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

/** `step-12`, or `step-12.unfinished` where the stage's finish is still to come: not what others should take for a result. */
export function checkpointName(step: number, options: { readonly unfinished?: boolean } = {}): string {
  return `step-${step}${options.unfinished ? '.unfinished' : ''}`;
}

/**
 * Writes the checkpoint of a step, whole or not at all.
 *
 * The files are made under a temporary name and flushed; the manifest with their SHA-256 comes last; then the
 * folder takes its name. Whatever happens on the way, checkpoints that stood before stay as they were.
 *
 * @param root the folder of all checkpoints
 * @param name from `checkpointName`; must not exist
 * @param fill writes the files into the folder it is given
 * @returns the checkpoint's folder
 * @throws {TrainerError} `disk-full` or `unwritable-directory`; nothing of the new checkpoint is left then
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
  const filled = { root, name, temporary: join(root, `.${name}.tmp-${process.pid}`) };
  return orNothing(filled, async () => {
    await rm(filled.temporary, { recursive: true, force: true });
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
    const manifest = await describeFiles(temporary, { flush: true });
    const file = await open(join(temporary, MANIFEST), 'wx');
    try {
      await file.writeFile(manifest);
      await file.sync();
    } finally {
      await file.close();
    }
    await syncDirectory(temporary);
    await rename(temporary, directory);
    await syncDirectory(root);
    return directory;
  });
}

async function orNothing<T>({ root, temporary }: FilledCheckpoint, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw writingError(error, root);
  }
}

/**
 * Finds the newest checkpoint that is whole, and sets damaged newer ones aside as `damaged-step-N`.
 *
 * @param root the folder of all checkpoints; may be missing
 * @param onWarning told of every damaged checkpoint
 * @returns nothing where there is no checkpoint at all
 * @throws {TrainerError} `damaged-run-directory` where there are checkpoints and none is whole
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
        `${directory} is damaged; it was set aside as ${aside}, and step ${checkpoint.step} is used instead.`,
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

/** The checkpoints that stand in a folder, oldest first; whether they are whole is not looked at. */
export async function listCheckpoints(root: string): Promise<StoredCheckpoint[]> {
  const names = await readdir(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .flatMap((name) => checkpointNamed(root, name) ?? [])
    .sort((a, b) => a.step - b.step || Number(b.unfinished) - Number(a.unfinished));
}

/** The checkpoint that a name in their folder says; nothing where it is no checkpoint's. */
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
  for (const { directory } of [...superseded, ...old]) {
    const leaving = join(root, `.removing-${basename(directory)}`);
    await rename(directory, leaving);
    await rm(leaving, { recursive: true, force: true });
  }
}

/** Removes what interrupted writes and removals left behind. */
export async function removeLeftovers(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (name.startsWith('.')) await rm(join(root, name), { recursive: true, force: true });
  }
}

/** Whether a checkpoint's files are exactly those that its manifest describes. */
export async function isWhole(directory: string): Promise<boolean> {
  const stored = await readFile(join(directory, MANIFEST), 'utf8').catch(() => undefined);
  // Comparing the texts, not their parsed contents, detects every flipped byte of the manifest too.
  return stored !== undefined && stored === (await describeFiles(directory));
}

async function describeFiles(directory: string, { flush = false } = {}): Promise<string> {
  const names = (await readdir(directory)).filter((name) => name !== MANIFEST).sort();
  const files: Record<string, { bytes: number; sha256: string }> = {};
  const buffer = Buffer.allocUnsafe(2 ** 20);
  for (const name of names) {
    const file = await open(join(directory, name));
    try {
      files[name] = await describeFile(file, buffer);
      if (flush) await file.sync();
    } finally {
      await file.close();
    }
  }
  return `${JSON.stringify({ format: 1, files }, null, 2)}\n`;
}

async function describeFile(file: FileHandle, buffer: Buffer): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
    hash.update(buffer.subarray(0, bytesRead));
    bytes += bytesRead;
  }
}
