import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  FileError,
  isLocked,
  type ProcessIdentity,
  processState,
  readJson,
  removeLeftovers,
  temporaryPath,
  thisProcess,
  withLock,
  writeJson,
} from '@ais/runtime/files';
import { WorkflowError } from './errors.js';
import { beginHeartbeat } from './heartbeat.js';

/** What is known of the attempts at a stage: those that are over, and the last one. */
export interface AttemptNote {
  /** Grows by one with each attempt. */
  readonly token: number;
  /** The token with some random digits; a process that does not have the name of the last attempt has lost the stage. */
  readonly name: string;
  readonly holder: ProcessIdentity;
  /** Seconds that attempts took which did not finish the stage. */
  readonly seconds: number;
  /** Why the last attempt failed. */
  readonly failure?: string;
}

/** A stage that this process works on, in a folder that no other attempt has. */
export interface Lease {
  /** The folder to work in, with what earlier attempts left. */
  readonly directory: string;
  readonly earlierSeconds: number;
  /**
   * Does something that no other process can interrupt, if the stage still is this process's.
   *
   * @throws {WorkflowError} `stage-busy` if it has been taken over
   */
  whileHeld<T>(action: () => Promise<T>): Promise<T>;
  /** Notes how an attempt ended that did not finish the stage. */
  note(seconds: number, failure?: string): Promise<void>;
  /** Gives the stage back; once it is finished, with all that attempts have left. */
  release(options: { readonly isFinished: boolean }): Promise<void>;
}

/** Milliseconds after which a process whose heart does not beat has lost its stage. */
export const SILENCE_MS = 30_000;

const LOCK = '.lock';
const lockOf = (place: string): string => `${place}${LOCK}`;
const noteIn = (place: string): string => join(place, 'attempt.json');
const beatOf = (place: string, { name }: Pick<AttemptNote, 'name'>): string => join(place, `${name}.beat`);

/**
 * Takes a stage, and makes the folder to work in.
 *
 * What the last attempt left becomes this one's: moved if that attempt is over, and copied if its process may only be stalled,
 * so that its late writes have no effect.
 *
 * @param place the folder that holds attempts at the stage
 * @param legacy a folder in which an attempt of an earlier version has worked, if there is one
 * @throws {WorkflowError} `stage-busy`
 */
export async function takeLease(place: string, legacy: () => string | undefined): Promise<Lease> {
  const taken = await locked(place, async () => {
    const last = await readNote(place);
    const state = last ? await holding(place, last) : 'over';
    if (state === 'held') throw busy(place);
    const token = (last?.token ?? 0) + 1;
    const name = `${token}-${randomUUID().slice(0, 8)}`;
    const directory = join(place, name);
    const lastFolder = last ? join(place, last.name) : legacy();
    await mkdir(place, { recursive: true });
    if (lastFolder !== undefined && existsSync(lastFolder)) {
      if (state === 'silent' && last) await copySilent(lastFolder, directory, beatOf(place, last), place);
      else await rename(lastFolder, directory);
    } else {
      const unnoted = await unnotedFolder(place, token);
      if (unnoted !== undefined) await rename(unnoted, directory);
    }
    await mkdir(directory, { recursive: true });
    await removeLeftovers(directory);
    const note: AttemptNote = { token, name, holder: await thisProcess(), seconds: last?.seconds ?? 0 };
    const beat = beatOf(place, note);
    await writeFile(beat, '.');
    await writeJson(noteIn(place), note);
    if (last) await rm(beatOf(place, last), { force: true });
    return { note, directory, beat };
  });
  const { note, directory, beat } = taken;
  const endHeartbeat = beginHeartbeat(beat);
  const whileHeld = <T>(action: () => Promise<T>): Promise<T> =>
    locked(place, async () => {
      if ((await readNote(place))?.name !== note.name) throw busy(place);
      return action();
    });
  return {
    directory,
    earlierSeconds: note.seconds,
    whileHeld,
    note: (seconds, failure) =>
      whileHeld(() =>
        writeJson(noteIn(place), { ...note, seconds, ...(failure !== undefined && { failure }) }),
      ),
    async release({ isFinished }) {
      endHeartbeat();
      // Nothing has to be written, so that a full disk does not keep the stage.
      await rm(beat, { force: true });
      if (!isFinished) return;
      await locked(place, async () => {
        const last = await readNote(place);
        if (last?.name === note.name) await removeIfPossible(place);
      });
    },
  };
}

/**
 * Removes what nothing needs any more. That it stays is no failure: a file system such as NFS keeps what is open somewhere, and
 * another program may be reading it.
 *
 * @returns whether it is gone
 */
export function removeIfPossible(path: string): Promise<boolean> {
  return rm(path, { recursive: true, force: true, maxRetries: 3 }).then(
    () => true,
    () => false,
  );
}

/** Removes what attempts at a finished stage have left, unless one of them is still at work. */
export async function clearLease(place: string): Promise<void> {
  // A process that cannot be seen from here may hold it: it clears up itself.
  if (await isLocked(lockOf(place))) return;
  await locked(place, async () => {
    const last = await readNote(place);
    if (!last || (await holding(place, last)) === 'over') await removeIfPossible(place);
  });
}

/** What is known of the attempts at a stage; nothing if there was none. */
export async function readNote(place: string): Promise<AttemptNote | undefined> {
  const path = noteIn(place);
  const note = await readJson<Partial<AttemptNote> | null>(path);
  if (note === undefined) return undefined;
  const { name, token, seconds, holder } = note ?? {};
  // Its name is that of a folder, which is moved and removed.
  const isWhole =
    typeof name === 'string' &&
    /^\d+-[0-9a-f]+$/.test(name) &&
    Number.isSafeInteger(token) &&
    Number.isFinite(seconds) &&
    typeof holder === 'object' &&
    holder !== null;
  if (isWhole) return note as AttemptNote;
  throw new FileError(
    'damaged-file',
    path,
    `${path} is no note of an attempt. Restore the file, or remove it and the stage starts over.`,
  );
}

/** Whether any process works on a stage now. */
export async function isHeld(place: string): Promise<boolean> {
  const last = await readNote(place);
  return last !== undefined && (await holding(place, last)) === 'held';
}

/** `over`: it gave the stage back, or has ended. `silent`: it may have ended, or be cut off, or asleep. */
async function holding(place: string, note: AttemptNote): Promise<'held' | 'silent' | 'over'> {
  const beat = await dateOf(beatOf(place, note));
  if (beat === undefined) return 'over';
  const state = await processState(note.holder);
  if (state === 'ended') return 'over';
  const now = await fileSystemTime(place).catch(() => Date.now());
  if (now - beat <= SILENCE_MS) return 'held';
  return state === 'restarted' ? 'over' : 'silent';
}

/** The time by the clock that dates the beats: those of machines differ. */
async function fileSystemTime(place: string): Promise<number> {
  const probe = join(place, `probe-${randomUUID()}`);
  try {
    await writeFile(probe, '');
    return (await stat(probe)).mtimeMs;
  } finally {
    await rm(probe, { force: true });
  }
}

/** The folder of an attempt that took over what was left, and ended or failed before it could note that. */
async function unnotedFolder(place: string, token: number): Promise<string | undefined> {
  const isMoved = new RegExp(`^${token}-[0-9a-f]+$`);
  const name = (await readdir(place)).find((entry) => isMoved.test(entry));
  return name === undefined ? undefined : join(place, name);
}

async function copySilent(from: string, to: string, beat: string, place: string): Promise<void> {
  const before = await dateOf(beat);
  // Only a whole copy gets the name of an attempt's folder.
  const copy = temporaryPath(to);
  try {
    await cp(from, copy, { recursive: true });
    if ((await dateOf(beat)) !== before) throw busy(place);
    await rename(copy, to);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
  await removeIfPossible(from);
}

function dateOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}

/** The name of the folder of attempts that an entry beside it belongs to: the folder itself, or its lock. */
export function leaseOf(entry: string): string {
  return entry.endsWith(LOCK) ? entry.slice(0, -LOCK.length) : entry;
}

/** The lock lies beside the folder, which is removed under it. What interrupts the work does not keep it from being noted. */
function locked<T>(place: string, action: () => Promise<T>): Promise<T> {
  return withLock(lockOf(place), action, { signal: new AbortController().signal });
}

function busy(place: string): WorkflowError {
  return new WorkflowError('stage-busy', `another process works on the stage in ${place}.`);
}
