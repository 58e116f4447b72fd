import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { explainFileError, FileError, isLocked, publish, readJson, writeJson } from '@ais/runtime/files';
import { type Artifacts, hashArtifacts, verifyArtifacts } from './artifacts.js';
import { WorkflowError } from './errors.js';
import { clearLease, isHeld, leaseOf, readNote, removeIfPossible, takeLease } from './lease.js';
import type { StageOrder, StagePlace } from './stage-order.js';
import type { StageSpec } from './stage-spec.js';
import type { StageAttempt, StageRecord, StageState, StageStore } from './stage-store.js';

/** Options of `directoryStore`. */
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
  /** The path of a stage's folder, which is there once the stage is finished. */
  directory(stage: StageSpec): string;
}

/**
 * Keeps each stage in a folder of its own under a root, which several processes and machines may share.
 *
 * A stage's folder appears when it is finished, whole or not at all, with `stage.json`, which has the SHA-256 of each file.
 * Until then each attempt works in a folder of its own under `.work`, so that one that lost its stage, because it was frozen
 * or cut off for half a minute, can neither write into what another one makes nor finish the stage. One whose process has
 * ended on this machine is taken over at once.
 *
 * @example
 * const store = directoryStore('runs/store');
 * const stage = stageSpec(numbers, { upTo: 3 }, {});
 * await runStages([stage], { store, executor: localExecutor({ store, registry: { kinds: [numbers] } }) });
 * console.log((await store.read(stage))?.result); // [ 1, 2, 3 ]
 */
export function directoryStore(
  root: string,
  { discard = [], folder = contentFolder }: DirectoryStoreOptions = {},
): DirectoryStore {
  const directoryOf = (name: string): string => join(root, plainName(name));
  const directory = (stage: StageSpec): string => directoryOf(folder(stage));

  const nameOf = (stage: StageSpec | StagePlace): string =>
    'folder' in stage ? stage.folder : folder(stage);
  const workOf = (name: string): string => join(root, WORK, plainName(name));

  // `read` takes the stage or its place, which is what the overloads of `StageStore` say.
  const read = async (stage: StageSpec | StagePlace): Promise<StageRecord | undefined> => {
    const path = directoryOf(nameOf(stage));
    const record = await readRecord(join(path, RECORD));
    if (record && record.key !== stage.key) {
      throw new WorkflowError(
        'stage-mismatch',
        `${path} holds the stage "${record.kind}" made with other settings. ` +
          'Use the settings of that run, or choose another output folder.',
      );
    }
    return record;
  };

  const open = async (
    stage: StageSpec | StagePlace,
    wanted: (file: string) => boolean = () => true,
  ): Promise<string> => {
    const path = directoryOf(nameOf(stage));
    const record: KeptRecord | undefined = await read(stage);
    if (!record) throw new WorkflowError('inputs-missing', `${path} is not finished.`);
    // Earlier versions hashed a record that a commit before had left, and wrote over it.
    const files = Object.entries(record.files ?? {}).filter(([file]) => file !== RECORD && wanted(file));
    await verifyArtifacts(path, Object.fromEntries(files));
    return path;
  };

  return {
    root,
    discard,
    address: { address: root, discard },
    folder,
    directory,
    location: (stage) => directoryOf(nameOf(stage)),
    read: read as DirectoryStore['read'],
    open,
    async verify(stage) {
      await open(stage);
    },
    failure: async (stage) => (await readNote(workOf(nameOf(stage))))?.failure,
    async state(stage): Promise<StageState> {
      const path = directoryOf(nameOf(stage));
      const work = workOf(nameOf(stage));
      if (existsSync(join(path, RECORD))) return 'finished';
      const isThere = existsSync(path);
      // Of a large plan, most stages are like that.
      if (!isThere && !existsSync(work)) return 'due';
      const note = await readNote(work);
      if ((await isHeld(work)) || (await isLocked(join(path, LEGACY_LOCK)))) return 'running';
      if (note?.failure !== undefined) return 'failed';
      return note || isThere ? 'begun' : 'due';
    },
    async *records() {
      const entries = existsSync(root) ? await readdir(root, { withFileTypes: true }) : [];
      for (const folder of entries.filter((entry) => entry.isDirectory())) {
        const record = await readRecord(join(root, folder.name, RECORD));
        if (record) yield record;
      }
    },
    begin: (order) => beginStage(order, directoryOf, workOf(order.folder), discard),
    async tidy() {
      const work = join(root, WORK);
      const entries = existsSync(work) ? await readdir(work) : [];
      for (const name of new Set(entries.filter((entry) => !entry.startsWith('.')).map(leaseOf))) {
        if (!existsSync(join(directoryOf(name), RECORD))) continue;
        const isCleared = (await isHeld(workOf(name))) || (await removeAll(directoryOf(name), discard));
        if (isCleared) await clearLease(workOf(name));
      }
    },
  };
}

/** The record of a finished stage. */
const RECORD = 'stage.json';
/** Where attempts work. */
const WORK = '.work';
/** What guarded a stage's folder when attempts worked there. */
const LEGACY_LOCK = 'stage.lock';

/** A record in a folder, with the hashes of the files beside it; those of earlier versions have none. */
interface KeptRecord extends StageRecord {
  readonly files?: Artifacts;
}

/** What a finished stage says of itself; undefined if there is no such file. */
async function readRecord(path: string): Promise<StageRecord | undefined> {
  const record = await readJson<Partial<StageRecord> | null>(path);
  if (record === undefined) return undefined;
  if (typeof record?.kind === 'string' && typeof record.key === 'string') return record as StageRecord;
  throw new FileError(
    'damaged-file',
    path,
    `${path} is no record of a stage. Restore the file, or remove its folder, and the stage is done again.`,
  );
}

/** The name of a stage's folder, unless a store has others. */
export function contentFolder({ kind, key }: StageSpec): string {
  return `${kind.name}-${key.slice(0, 12)}`;
}

async function beginStage(
  { folder }: StageOrder,
  directoryOf: (folder: string) => string,
  work: string,
  discard: readonly string[],
): Promise<StageAttempt> {
  const target = directoryOf(folder);
  const isFinished = (): boolean => existsSync(join(target, RECORD));
  if (await isLocked(join(target, LEGACY_LOCK))) {
    throw new WorkflowError('stage-busy', `another process works on the stage in ${target}.`);
  }
  const lease = await takeLease(work, () => (isFinished() ? undefined : target));
  const { directory, earlierSeconds } = lease;
  // What attempts left tells `tidy` that something is still to be removed.
  let isCleared = true;
  return {
    directory,
    earlierSeconds,
    async commit(record) {
      // Before the folder is read, which a process that has lost the stage no longer has.
      await lease.whileHeld(async () => {});
      // A commit that did not get as far as the end has left its record.
      for (const name of [RECORD, LEGACY_LOCK]) await rm(join(directory, name), { force: true });
      const kept: KeptRecord = { ...record, files: await hashArtifacts(directory, { except: discard }) };
      await writeJson(join(directory, RECORD), kept);
      // A folder does not replace one that holds something: even without the lock there is one result.
      await lease.whileHeld(() =>
        publish(directory, target).catch((cause: unknown) => {
          if (!existsSync(target)) throw explainFileError(cause, target);
          const remedy = isFinished()
            ? 'has been finished by another process.'
            : 'already exists. Remove it.';
          throw new WorkflowError('stage-busy', `${target} ${remedy}`, { cause });
        }),
      );
      // Only now: a process that is killed before resumes from it.
      isCleared = await removeAll(target, discard);
    },
    abandon: (seconds, failure) => lease.note(seconds, failure),
    release: () => lease.release({ isFinished: isCleared && isFinished() }),
  };
}

/** Removes files and folders of a folder, as far as that is possible, and tells whether all are gone. */
async function removeAll(directory: string, names: readonly string[]): Promise<boolean> {
  const gone = await Promise.all(names.map((name) => removeIfPossible(join(directory, plainName(name)))));
  return gone.every(Boolean);
}

/** An order must not escape the store, or reach its private files. */
export function plainName(name: string): string {
  if (name === '' || name.startsWith('.') || basename(name) !== name || name.includes('\\')) {
    throw new WorkflowError('invalid-order', `"${name}" is not the name of a folder in the store.`);
  }
  return name;
}
