import { nodeBuiltin } from '../node-builtins.js';
import { thisMachine } from './this-machine.js';

/** What tells a process from all others, on this machine and on those that share its files. */
export interface ProcessIdentity {
  readonly host: string;
  readonly process: number;
  /** What tells the process from a later one with its number; null if the system does not say. */
  readonly started: string | null;
  /** What tells the machine from others with the name of its host; null if the system does not say. */
  readonly machine?: string | null;
  /** Where its number counts: containers on one machine have namespaces of their own; null if the system does not say. */
  readonly namespace?: string | null;
}

/**
 * The identity of this process.
 *
 * @example
 * console.log((await thisProcess()).process === process.pid); // true
 */
export async function thisProcess(): Promise<ProcessIdentity> {
  const { host, machine, namespace } = thisMachine();
  const start = await processStart(process.pid);
  return { host, process: process.pid, started: start === 'ended' ? null : start, machine, namespace };
}

/**
 * Whether a process still runs.
 *
 * @returns `restarted` if its machine has started again since, unless that is another machine of its name, made from the same image:
 *   it has ended if nothing is heard of it. `unknown` if it is on another machine or in another container, if it is another user's
 *   and hidden, or if its number may belong to a later one
 * @example
 * console.log(await processState(await thisProcess())); // alive
 */
export async function processState(
  identity: ProcessIdentity,
): Promise<'alive' | 'ended' | 'restarted' | 'unknown'> {
  const own = thisMachine();
  if (identity.host !== own.host || differ(identity.machine, own.machine)) return 'unknown';
  const isOfEarlierBoot = differ(bootOf(identity), own.boot);
  if (isOfEarlierBoot && typeof identity.machine === 'string' && identity.machine === own.machine)
    return 'restarted';
  if (differ(identity.namespace, own.namespace)) return 'unknown';
  if (isOfEarlierBoot) return 'restarted';
  // Before the signal: a process that ends in between has ended.
  const start = await processStart(identity.process);
  try {
    process.kill(identity.process, 0);
  } catch (error) {
    // Others, such as EPERM, say that it is there.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'ended';
  }
  if (start === 'ended') return 'ended';
  if (identity.started === null || start === null) return 'unknown';
  return identity.started === start ? 'alive' : 'ended';
}

/** Whether a process is where this one would see it: on this machine, since it started, and not in another container. */
export function isInSight(identity: ProcessIdentity): boolean {
  const { host, machine, namespace } = identity;
  const own = thisMachine();
  const isHere = host === own.host && !differ(machine, own.machine) && !differ(namespace, own.namespace);
  return isHere && !differ(bootOf(identity), own.boot);
}

/** Whether both are known, and not the same: earlier versions wrote less. */
function differ(a: unknown, b: unknown): boolean {
  return typeof a === 'string' && typeof b === 'string' && a !== b;
}

function bootOf({ started }: ProcessIdentity): string | undefined {
  return started?.slice(0, started.lastIndexOf(' '));
}

/**
 * When a process started, in ticks of this boot, from Linux; `ended` if it has, and is not yet forgotten; null on other systems, and
 * for one that does not exist or is hidden, as `hidepid` hides those of other users.
 */
async function processStart(id: number): Promise<string | null> {
  const { readFile } = nodeBuiltin('node:fs/promises', 'Locking');
  const { boot } = thisMachine();
  const status = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => undefined);
  if (status === undefined || boot === null) return null;
  // The second field is the program's name in parentheses and may hold spaces; state is the 3rd, start the 22nd.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : `${boot} ${fields[19]}`;
}
