import { nodeBuiltin } from '../node-builtins.js';

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
  const { hostname } = nodeBuiltin('node:os', 'Locking');
  const { readlink } = nodeBuiltin('node:fs/promises', 'Locking');
  return {
    host: hostname(),
    process: process.pid,
    started: await processStart(process.pid),
    machine: await machineId(),
    namespace: await readlink('/proc/self/ns/pid').catch(() => null),
  };
}

/**
 * Whether a process still runs: `unknown` if it is on another machine or in another container, or if its number may belong to
 * a later one.
 *
 * @example
 * console.log(await processState(await thisProcess())); // alive
 */
export async function processState(identity: ProcessIdentity): Promise<'alive' | 'ended' | 'unknown'> {
  const own = await thisProcess();
  if (identity.host !== own.host || differ(identity.machine, own.machine)) return 'unknown';
  const isOfEarlierBoot = differ(bootOf(identity), bootOf(own));
  // The same machine has started again since.
  if (isOfEarlierBoot && typeof identity.machine === 'string' && identity.machine === own.machine)
    return 'ended';
  if (differ(identity.namespace, own.namespace)) return 'unknown';
  if (isOfEarlierBoot) return 'ended';
  try {
    process.kill(identity.process, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'ended';
  }
  if (identity.started === null) return 'unknown';
  return identity.started === (await processStart(identity.process)) ? 'alive' : 'ended';
}

/** Whether a process is where this one would see it: on this machine, and not in another container. */
export async function isInSight({ host, machine, namespace }: ProcessIdentity): Promise<boolean> {
  const own = await thisProcess();
  return host === own.host && !differ(machine, own.machine) && !differ(namespace, own.namespace);
}

/** Whether both are known, and not the same: earlier versions wrote less. */
function differ(a: unknown, b: unknown): boolean {
  return typeof a === 'string' && typeof b === 'string' && a !== b;
}

function bootOf({ started }: ProcessIdentity): string | undefined {
  return started?.slice(0, started.lastIndexOf(' '));
}

/** A hash of the identity that systemd gives a machine, which itself should stay there; null on other systems. */
async function machineId(): Promise<string | null> {
  const { readFile } = nodeBuiltin('node:fs/promises', 'Locking');
  const { createHash } = nodeBuiltin('node:crypto', 'Locking');
  const id = (await readFile('/etc/machine-id', 'utf8').catch(() => '')).trim();
  return id === '' ? null : createHash('sha256').update(`ais ${id}`).digest('hex').slice(0, 16);
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
