export { DistributedError, type DistributedErrorCode } from './errors.js';
export { type MpiGroup, mpiGroup } from './mpi-group.js';
