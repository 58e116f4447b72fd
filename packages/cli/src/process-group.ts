import { setTimeout } from 'node:timers/promises';
import type { MpiGroup } from '@ais/distributed';
import type { ProcessGroup } from '@ais/trainer';
import { launchedTogether } from './launched-together.js';
import { UsageError } from './usage-error.js';

/** The group of this process, and whether its processes have agreed on how their work ended. */
let joined: { readonly group: MpiGroup; agreed: boolean } | undefined;

/**
 * Joins the processes that `mpirun -n` or `srun` has started together.
 *
 * SIGUSR2 stops a run as SIGTERM does: `mpirun` hands it on, where it follows its own SIGTERM with SIGKILL a second later.
 *
 * @returns nothing for a process that was started by itself
 * @throws {UsageError} without `@ais/distributed`, and where MPI does not see the processes that were started
 */
export async function joinProcessGroup(): Promise<ProcessGroup | undefined> {
  const launch = launchedTogether(process.env);
  if (!launch) return undefined;
  // There OpenMPI ends the process itself, with a message about how it was built.
  if (launch.by === 'srun' && !Object.keys(process.env).some((name) => /^PMIX?_/.test(name))) {
    throw new UsageError(
      `srun has started ${launch.size} processes that cannot find one another. Start them with srun --mpi=pmix, or with mpirun in an allocation.`,
    );
  }
  const { mpiGroup } = await import('@ais/distributed').catch(() => {
    throw new UsageError(
      `${launch.by} has started ${launch.size} processes, and training together takes @ais/distributed. Install it beside ais: npm install @ais/distributed.`,
    );
  });
  const group = mpiGroup();
  if (group.size !== launch.size) {
    group.close();
    throw new UsageError(
      `${launch.by} has started ${launch.size} processes, of which OpenMPI sees ${group.size}. Start them with OpenMPI's own mpirun, or with srun --mpi=pmix.`,
    );
  }
  joined = { group, agreed: false };
  process.on('SIGUSR2', () => process.kill(process.pid, 'SIGTERM'));
  return group;
}

/** Remembers that every process of the group comes to the same end: they leave it together. */
export function agreeOnEnd(): void {
  if (joined) joined.agreed = true;
}

/**
 * Leaves the group: with the others where they have agreed on the end, else by ending them, for they would wait forever.
 *
 * @param status of this process
 */
export async function leaveProcessGroup(status: number): Promise<void> {
  if (!joined) return;
  const { group, agreed } = joined;
  if (agreed) return group.close();
  // Rank 0 may have more to write: give it time.
  if (group.rank > 0) await setTimeout(1000);
  try {
    group.abort(status);
  } catch {
    // The group is gone, and so is this process in a moment.
  }
}
