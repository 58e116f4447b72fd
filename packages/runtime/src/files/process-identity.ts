import { nodeBuiltin } from '../node-builtins.js';

/** What tells a process from all others, on this machine and on those that share its files. */
export interface ProcessIdentity {
  readonly host: string;
  readonly process: number;
  /** What tells the process from a later one with its number; null if the system does not say. */
  readonly started: string | null;
}

/**
 * The identity of this process.
 *
 * @example
 * console.log((await thisProcess()).process === process.pid); // true
 */
export async function thisProcess(): Promise<ProcessIdentity> {
  const { hostname } = nodeBuiltin('node:os', 'Locking');
  return { host: hostname(), process: process.pid, started: await processStart(process.pid) };
}

/**
 * Whether a process still runs: `unknown` if it is on another machine, or if its number may belong to a later one.
 *
 * @example
 * console.log(await processState(await thisProcess())); // alive
 */
export async function processState(identity: ProcessIdentity): Promise<'alive' | 'ended' | 'unknown'> {
  if (identity.host !== nodeBuiltin('node:os', 'Locking').hostname()) return 'unknown';
  try {
    process.kill(identity.process, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'ended';
  }
  if (identity.started === null) return 'unknown';
  return identity.started === (await processStart(identity.process)) ? 'alive' : 'ended';
}

/** When a process started, in ticks of this boot, from Linux; null on other systems, and for one that has ended. */
async function processStart(id: number): Promise<string | null> {
  const { readFile } = nodeBuiltin('node:fs/promises', 'Locking');
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
