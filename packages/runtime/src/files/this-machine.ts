import { nodeBuiltin } from '../node-builtins.js';

/** What tells this machine, or the container on it, from others that share its files; null where the system does not say. */
export interface Machine {
  readonly host: string;
  /** A hash of the identity that systemd gives a machine, which itself should stay there. */
  readonly machine: string | null;
  /** Differs from boot to boot, and between machines that were made from one image. */
  readonly boot: string | null;
  /** Where numbers of processes count. */
  readonly namespace: string | null;
}

let known: Machine | undefined;

/** The machine that this process runs on. */
export function thisMachine(): Machine {
  known ??= findMachine();
  return known;
}

function findMachine(): Machine {
  const { createHash } = nodeBuiltin('node:crypto', 'Locking');
  const { readFileSync, readlinkSync } = nodeBuiltin('node:fs', 'Locking');
  const { hostname } = nodeBuiltin('node:os', 'Locking');
  // Only Linux has these files, and not everywhere.
  const found = (read: () => string): string | null => {
    try {
      return read().trim() || null;
    } catch {
      return null;
    }
  };
  const id = found(() => readFileSync('/etc/machine-id', 'utf8'));
  return {
    host: hostname(),
    machine: id && createHash('sha256').update(`ais ${id}`).digest('hex').slice(0, 16),
    boot: found(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    namespace: found(() => readlinkSync('/proc/self/ns/pid')),
  };
}
