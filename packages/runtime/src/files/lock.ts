import { FileError } from '../errors.js';
import { nodeBuiltin } from '../node-builtins.js';
import { interruption } from '../process/interruption.js';
import { explainFileError } from './explain-file-error.js';
import { guarded } from './guard.js';
import { isStream } from './is-stream.js';
import { readJson } from './json-files.js';
import { isInSight, type ProcessIdentity, processState, thisProcess } from './process-identity.js';

/** Who holds a lock; what its file says. */
interface Holder extends ProcessIdentity {
  readonly token: string;
  readonly since: string;
  /** Whether the holder touches the file every two seconds. */
  readonly beats: boolean;
}

const BEAT_MS = 2_000;
const SILENT_MS = 30_000;
const POLL_MS = 100;

/** Options of `takeLock`. */
export interface TakeLockOptions {
  /** What is locked, for messages; the folder of the lock's file by default. */
  readonly what?: string;
  /** Told if the lock was left by a process that has ended. */
  readonly onWarning?: (message: string) => void;
}

/**
 * Takes a lock for this process, or fails if another one (or this one) has it.
 *
 * The lock's file names its process. If that has ended, the lock is taken over at once, and so it is if its machine has started again
 * since; if it is on another machine or in another container, it counts as alive: a training step may hold up a process for longer than any lock that has to be renewed
 * would last.
 *
 * @param path the lock's file; folders around it are made
 * @returns what gives the lock back
 * @throws {FileError} `in-use` naming the process that has it, `not-writable`, `disk-full`
 * @example
 * const release = await takeLock('runs/a/run.lock');
 */
export async function takeLock(path: string, options: TakeLockOptions = {}): Promise<() => Promise<void>> {
  const { what = nodeBuiltin('node:path', 'Locking').dirname(path), onWarning } = options;
  const taken = await tryLock(path, { beats: false });
  if ('heldBy' in taken) throw inUse(what, path, taken.heldBy);
  const { left, release } = taken;
  if (left) onWarning?.(`${what} was left by process ${left.process}, which has ended; it is taken over.`);
  return release;
}

/**
 * Whether a process that has not ended has a lock: this one or another.
 *
 * @param path the lock's file
 * @example
 * await isLocked('runs/a/run.lock'); // false
 */
export async function isLocked(path: string): Promise<boolean> {
  const holder = await readHolder(path);
  return holder !== undefined && lives(holder);
}

/**
 * Does something that writes a file or a folder, unless another command writes the same one now.
 *
 * @param path what is written; the lock lies beside it
 * @throws {FileError} `in-use` naming the process that writes it, `not-writable`, `disk-full`; what `write` throws
 * @example
 * await asOnlyWriter('pairs.jsonl', () => writePairs('pairs.jsonl'));
 */
export async function asOnlyWriter<T>(path: string, write: () => Promise<T>): Promise<T> {
  const { basename, dirname, join, resolve } = nodeBuiltin('node:path', 'Locking');
  // A device or a pipe takes what several write, and its folder no lock.
  if (await isStream(path)) return write();
  const whole = resolve(path);
  const release = await takeLock(join(dirname(whole), `.${basename(whole)}.lock`), { what: path });
  try {
    return await write();
  } finally {
    await release();
  }
}

/** Options of `withLock`. */
export interface WithLockOptions {
  /** Ends the wait with its reason; by default, what interrupts the work around this. */
  readonly signal?: AbortSignal | undefined;
  /** Told once if another holder has the lock. */
  readonly onWait?: (() => void) | undefined;
}

/**
 * Does something while nothing else does it under the same lock, in this process or another, and waits for its turn.
 *
 * A holder on another machine or in another container has ended if the lock has been seen untouched for half a minute: dates
 * say nothing, as the clocks of machines differ.
 *
 * @param path the lock's file; folders around it are made
 * @param action must not hold up the process for long
 * @throws {FileError} `not-writable`, `disk-full`; what `action` throws; the signal's reason
 * @example
 * await withLock('cache/blob.lock', () => download(blob));
 */
export async function withLock<T>(
  path: string,
  action: () => Promise<T>,
  { signal: given, onWait }: WithLockOptions = {},
): Promise<T> {
  const signal = interruption(given);
  const { utimes } = nodeBuiltin('node:fs/promises', 'Locking');
  let seen: Seen = { beat: '', since: performance.now() };
  for (let waited = false; ; waited = true) {
    signal?.throwIfAborted();
    const beat = await beatOf(path);
    if (beat !== seen.beat) seen = { beat, since: performance.now() };
    const taken = await tryLock(path, { beats: true, seen });
    if ('release' in taken) {
      const beating = setInterval(() => {
        const now = new Date();
        utimes(path, now, now).catch(() => {});
      }, BEAT_MS);
      beating.unref();
      try {
        return await action();
      } finally {
        clearInterval(beating);
        await taken.release();
      }
    }
    if (!waited) onWait?.();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

type Taken = { readonly heldBy: Holder } | { readonly left: Holder | undefined; release(): Promise<void> };

/** A state of a lock's file, and since when it has been seen. */
interface Seen {
  readonly beat: string;
  readonly since: number;
}

/** What changes whenever a lock is taken, and with each beat of its holder. */
async function beatOf(path: string): Promise<string> {
  const { stat } = nodeBuiltin('node:fs/promises', 'Locking');
  return stat(path).then(
    ({ ino, mtimeMs }) => `${ino} ${mtimeMs}`,
    () => '',
  );
}

async function tryLock(
  path: string,
  { beats, seen }: Pick<Holder, 'beats'> & { readonly seen?: Seen },
): Promise<Taken> {
  const { mkdir, rename, rm, writeFile } = nodeBuiltin('node:fs/promises', 'Locking');
  const { randomUUID } = nodeBuiltin('node:crypto', 'Locking');
  const { dirname, join } = nodeBuiltin('node:path', 'Locking');
  // Another process may have taken it since it was seen.
  const unchangedMs = async (): Promise<number> =>
    seen && seen.beat === (await beatOf(path)) ? performance.now() - seen.since : 0;
  const heldBy = await readHolder(path);
  if (heldBy && (await lives(heldBy, await unchangedMs()))) return { heldBy };
  const own: Holder = {
    token: randomUUID(),
    ...(await thisProcess()),
    since: new Date().toISOString(),
    beats,
  };
  let left: Holder | undefined;
  try {
    await mkdir(dirname(path), { recursive: true });
    // Looking at the lock and taking it must be one thing.
    const other = await guarded(`${path}.guard`, async () => {
      left = await readHolder(path);
      if (left && (await lives(left, await unchangedMs()))) return left;
      // A process that is killed here leaves it in the guard, which is cleared.
      const written = join(`${path}.guard`, 'holder');
      await writeFile(written, JSON.stringify(own));
      await rename(written, path);
      return undefined;
    });
    if (other) return { heldBy: other };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOCKED') {
      throw new FileError(
        'in-use',
        path,
        `${path} cannot be taken: ${path}.guard is always there. If no other command runs, remove it.`,
        { cause: error },
      );
    }
    throw explainFileError(error, path);
  }
  return {
    left,
    async release() {
      if ((await readHolder(path))?.token === own.token) await rm(path, { force: true });
    },
  };
}

function inUse(what: string, path: string, holder: Holder): FileError {
  const { host, process: id, since } = holder;
  const remedy = isInSight(holder)
    ? 'Wait for it to end, or stop it.'
    : `Whether it is still running cannot be seen from this machine or container: if it is not, remove ${path}.`;
  return new FileError(
    'in-use',
    what,
    `${what} is in use by process ${id} on ${host} since ${since}. ${remedy}`,
  );
}

/** The holder; a file that is not a holder's was never whole, or is there by mistake, and holds nothing. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const holder = await readJson<Partial<Holder> | null>(path);
    return isHolder(holder) ? holder : undefined;
  } catch (error) {
    if (error instanceof FileError && error.code === 'damaged-file') return undefined;
    throw error;
  }
}

function isHolder(value: Partial<Holder> | null | undefined): value is Holder {
  if (typeof value !== 'object' || value === null) return false;
  const { token, host, process: id, started, since, beats } = value;
  return (
    [token, host, since].every((text) => typeof text === 'string') &&
    (typeof started === 'string' || started === null) &&
    Number.isSafeInteger(id) &&
    (id as number) > 0 &&
    typeof beats === 'boolean'
  );
}

/** @param unchangedMs how long its file has been seen as it is now */
async function lives(holder: Holder, unchangedMs = 0): Promise<boolean> {
  const state = await processState(holder);
  if (state === 'alive' || state === 'ended') return state === 'alive';
  if (holder.beats) return unchangedMs <= SILENT_MS;
  return state === 'unknown' || wasUpAt(holder.since);
}

/**
 * Whether this machine has not started again since. If so, a holder of another boot is not of an earlier one: it is on another machine,
 * made from the same image.
 */
function wasUpAt(date: string): boolean {
  const { uptime } = nodeBuiltin('node:os', 'Locking');
  return Date.parse(date) > Date.now() - 1000 * uptime();
}
