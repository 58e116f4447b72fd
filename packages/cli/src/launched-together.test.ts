import { expect, it } from 'vitest';
import { launchedTogether } from './launched-together.js';

it('tells by what and as which of how many a process was started', () => {
  expect(launchedTogether({ OMPI_COMM_WORLD_SIZE: '4', OMPI_COMM_WORLD_RANK: '1' })).toEqual({
    size: 4,
    rank: 1,
    by: 'mpirun',
  });
  expect(launchedTogether({ SLURM_STEP_NUM_TASKS: '2', SLURM_PROCID: '0', PMI_SIZE: '2' })?.by).toBe('srun');
  expect(launchedTogether({ PMI_SIZE: '2', PMI_RANK: '1' })?.by).toBe('another MPI');
});

it('takes a process by itself for what it is', () => {
  for (const environment of [
    {},
    { OMPI_COMM_WORLD_SIZE: '1', OMPI_COMM_WORLD_RANK: '0' },
    // A batch script is no task of a step.
    { SLURM_NTASKS: '8', SLURM_PROCID: '0' },
  ]) {
    expect(launchedTogether(environment)).toBeUndefined();
  }
});
