/** How a process was started as one of several. */
export interface Launch {
  /** How many processes there are. */
  readonly size: number;
  /** Which of them this one is, from 0. */
  readonly rank: number;
  readonly by: 'mpirun' | 'srun' | 'another MPI';
}

const launchers = [
  { by: 'mpirun', size: 'OMPI_COMM_WORLD_SIZE', rank: 'OMPI_COMM_WORLD_RANK' },
  { by: 'srun', size: 'SLURM_STEP_NUM_TASKS', rank: 'SLURM_PROCID' },
  { by: 'another MPI', size: 'PMI_SIZE', rank: 'PMI_RANK' },
] as const;

/**
 * How a process was started as one of several: by OpenMPI's `mpirun`, by Slurm's `srun`, or by another MPI.
 *
 * @returns nothing for the only one, or one that was started by itself
 */
export function launchedTogether(
  environment: Readonly<Record<string, string | undefined>>,
): Launch | undefined {
  const found = launchers.find(({ size }) => environment[size] !== undefined);
  if (!found) return undefined;
  const size = Number(environment[found.size]);
  const rank = Number(environment[found.rank]);
  return size > 1 && Number.isInteger(rank) ? { size, rank, by: found.by } : undefined;
}
