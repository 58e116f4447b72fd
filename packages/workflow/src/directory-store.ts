import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FileError, isLocked, readJson, takeLock, writeJson } from '@ais/runtime/files';
import { WorkflowError } from './errors.js';
import type { StageOrder, StagePlace } from './stage-order.js';
import type { StageSpec } from './stage-spec.js';
import type { StageAttempt, StageRecord, StageState, StageStore } from './stage-store.js';

export interface DirectoryStoreOptions {
  /** Names in a stage's folder that only serve to resume it: removed once it is finished. */
  readonly discard?: readonly string[];
  /** The name of a stage's folder; by default `<kind>-<first 12 digits of the key>`. */
  readonly folder?: (stage: StageSpec) => string;
}

/** A store in a folder of this machine, or of a file system that several machines share. */
export interface DirectoryStore extends StageStore {
  readonly root: string;
  readonly discard: readonly string[];
  /** The path of a stage's folder. */
  directory(stage: StageSpec): string;
}

/**
 * Keeps each stage in a folder of its own under a root.
 *
 * A stage is finished once its folder holds `stage.json`, which is written last, and whole or not at all. A lock that names
 * its process guards each folder, and one whose process has ended is taken over.
 */
export function directoryStore(
  root: string,
  { discard = [], folder = contentFolder }: DirectoryStoreOptions = {},
): DirectoryStore {
  const directoryOf = (name: string): string => join(root, plainName(name));
  const directory = (stage: StageSpec): string => directoryOf(folder(stage));

  // `read` takes the stage or its place, which is what the overloads of `StageStore` say.
  const read = async (stage: StageSpec | StagePlace): Promise<StageRecord | undefined> => {
    const path = directoryOf('folder' in stage ? stage.folder : folder(stage));
    const record = await readJson<StageRecord>(join(path, RECORD));
    if (record && record.key !== stage.key) {
      throw new WorkflowError(
        'stage-mismatch',
        `${path} holds the stage "${record.kind}" made with other settings. ` +
          'Use the settings of that run, or choose another output folder.',
      );
    }
    return record;
  };

  return {
    root,
    discard,
    folder,
    directory,
    read: read as DirectoryStore['read'],
    async state(stage): Promise<StageState> {
      const path = directory(stage);
      if (existsSync(join(path, RECORD))) return 'finished';
      if (await isLocked(join(path, LOCK))) return 'running';
      return existsSync(path) ? 'begun' : 'due';
    },
    async *records() {
      const entries = existsSync(root) ? await readdir(root, { withFileTypes: true }) : [];
      for (const folder of entries.filter((entry) => entry.isDirectory())) {
        const record = await readJson<StageRecord>(join(root, folder.name, RECORD));
        if (record) yield record;
      }
    },
    begin: (order) => beginStage(order, directoryOf, discard),
  };
}

/** The record of a finished stage. */
const RECORD = 'stage.json';
/** Seconds of attempts that did not finish the stage. */
const ATTEMPTS = 'attempts.json';
const LOCK = 'stage.lock';

function contentFolder({ kind, key }: StageSpec): string {
  return `${kind.name}-${key.slice(0, 12)}`;
}

async function beginStage(
  { folder, needs }: StageOrder,
  directoryOf: (folder: string) => string,
  discard: readonly string[],
): Promise<StageAttempt> {
  const directory = directoryOf(folder);
  const inputs = Object.entries(needs).map(([role, need]) => [role, directoryOf(need.folder)]);
  const lock = join(directory, LOCK);
  const release = await takeLock(lock).catch((cause: unknown) => {
    if (!(cause instanceof FileError) || cause.code !== 'in-use') throw cause;
    throw new WorkflowError('stage-busy', `another process works on the stage in ${directory}.`, { cause });
  });
  const [held, attempts] = await Promise.all([
    readFile(lock, 'utf8'),
    readJson<{ readonly seconds: number }>(join(directory, ATTEMPTS)),
  ]).catch(async (error: unknown) => {
    await release();
    throw error;
  });
  return {
    directory,
    inputs: Object.fromEntries(inputs),
    earlierSeconds: attempts?.seconds ?? 0,
    async commit(record) {
      if ((await readFile(lock, 'utf8').catch(() => undefined)) !== held) {
        throw new WorkflowError('stage-busy', `another process took over the stage in ${directory}.`);
      }
      await writeJson(join(directory, RECORD), record);
      for (const name of [ATTEMPTS, ...discard]) {
        await rm(join(directory, plainName(name)), { recursive: true, force: true });
      }
    },
    abandon: (seconds) => writeJson(join(directory, ATTEMPTS), { seconds }),
    release,
  };
}

/** An order must not lead out of the store. */
function plainName(name: string): string {
  if (name === '' || name === '.' || name === '..' || basename(name) !== name || name.includes('\\')) {
    throw new WorkflowError('invalid-order', `"${name}" is not the name of a folder in the store.`);
  }
  return name;
}
