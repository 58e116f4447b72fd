import { expect, it } from 'vitest';
import { DistributedError } from './errors.js';
import { loadOpenMpi } from './open-mpi.js';

const failure = (library: string): unknown => {
  try {
    return loadOpenMpi({ AIS_MPI_LIBRARY: library });
  } catch (error) {
    return error;
  }
};

it('refuses a library that is not OpenMPI before it calls anything of it', () => {
  const refused = failure(process.platform === 'darwin' ? 'libSystem.dylib' : 'libc.so.6');
  expect(refused).toBeInstanceOf(DistributedError);
  expect(refused).toMatchObject({
    code: 'not-open-mpi',
    exit: 'usage',
    message: expect.stringMatching(/is not OpenMPI's library: it has no ompi_mpi_comm_world\. MPICH/),
  });
});

it('says how to install OpenMPI where there is none', () => {
  expect(failure('/nowhere/libmpi.so')).toMatchObject({
    code: 'no-library',
    message: expect.stringContaining('apt-get install openmpi-bin libopenmpi3'),
    cause: expect.any(Error),
  });
});
