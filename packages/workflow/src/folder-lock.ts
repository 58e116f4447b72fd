import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';
import { WorkflowError } from './errors.js';
import { writeWhole } from './json-files.js';

/** Who has a folder. */
interface Holder {
  readonly token: string;
  readonly host: string;
  readonly process: number;
  /** What tells the process from a later one with its number; null where the system does not say. */
  readonly started: string | null;
  readonly since: string;
}

/** A folder that this process has for itself. */
export interface FolderLock {
  /** @throws {WorkflowError} `stage-busy` if the folder has been taken from this process */
  check(): Promise<void>;
  /** Gives the folder back. */
  release(): Promise<void>;
}

/**
 * Takes a folder for this process, so that no other one writes into it at the same time.
 *
 * The lock names its process. One whose process no longer lives on this machine is taken over at once: a training step
 * may hold up the process for longer than any lock that has to be renewed would last.
 *
 * @param name of the lock's file
 * @throws {WorkflowError} `stage-busy`, naming the process that has it
 */
export async function lockFolder(directory: string, name: string): Promise<FolderLock> {
  const path = join(directory, name);
  const own: Holder = {
    token: randomUUID(),
    host: hostname(),
    process: process.pid,
    started: await processStart(process.pid),
    since: new Date().toISOString(),
  };
  await mkdir(directory, { recursive: true });
  // Looking at the lock and taking it must be one thing: a short lock that expires guards it.
  const release = await lock(directory, {
    lockfilePath: `${path}.guard`,
    stale: 5000,
    retries: { retries: 100, minTimeout: 50, maxTimeout: 200 },
  });
  try {
    const holder = await readHolder(path);
    if (holder && (await lives(holder))) throw inUse(directory, name, holder);
    await writeWhole(path, `${JSON.stringify(own, null, 2)}\n`);
  } finally {
    await release();
  }
  return {
    async check() {
      const holder = await readHolder(path);
      if (holder?.token === own.token) return;
      throw new WorkflowError('stage-busy', `${directory} was taken over by another process.`);
    },
    async release() {
      if ((await readHolder(path))?.token === own.token) await rm(path, { force: true });
    },
  };
}

/** Whether a living process has the folder. */
export async function isFolderLocked(directory: string, name: string): Promise<boolean> {
  const holder = await readHolder(join(directory, name));
  return holder !== undefined && lives(holder);
}

function inUse(directory: string, name: string, { host, process: id, since }: Holder): WorkflowError {
  const remedy =
    host === hostname()
      ? 'Wait for it to end, or stop it.'
      : `Whether it is still running cannot be seen from here: if it is not, remove ${join(directory, name)}.`;
  return new WorkflowError(
    'stage-busy',
    `${directory} is in use by process ${id} on ${host} since ${since}. ${remedy}`,
  );
}

/** The holder; one that cannot be read never was whole, and holds nothing. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function lives(holder: Holder): Promise<boolean> {
  if (holder.host !== hostname()) return true;
  try {
    process.kill(holder.process, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
  return holder.started === null || holder.started === (await processStart(holder.process));
}

/** When a process started, in ticks of this boot, from Linux; null on other systems, and for one that has ended. */
async function processStart(id: number): Promise<string | null> {
  try {
    const status = await readFile(`/proc/${id}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold spaces; state is the 3rd, start the 22nd.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : `${boot.trim()} ${fields[19]}`;
  } catch {
    return null;
  }
}
