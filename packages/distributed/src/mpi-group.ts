import { setImmediate, setTimeout } from 'node:timers/promises';
import type { ProcessGroup } from '@ais/trainer';
import { loadOpenMpi, type MpiRequest, type OpenMpi } from './open-mpi.js';

/** The processes that `mpirun` or `srun` has started together. */
export interface MpiGroup extends ProcessGroup {
  /** Leaves the group. Every process does, as the last thing that it does with MPI: else `mpirun` takes it for dead, and ends the others. */
  close(): void;
}

let joined: MpiGroup | undefined;

/**
 * Joins the processes that were started together; the first call initializes MPI.
 *
 * MPI is called from one thread. A call that has to wait lets timers, signals, and files of this process go on, and costs no processor time
 * once it has waited for a moment.
 *
 * @throws {DistributedError} `no-library`, `not-open-mpi`
 */
export function mpiGroup(): MpiGroup {
  joined ??= join(loadOpenMpi());
  return joined;
}

function join(mpi: OpenMpi): MpiGroup {
  mpi.initialize();
  let closed = false;
  return {
    rank: mpi.rank(),
    size: mpi.size(),
    allReduce: (values) => finished(mpi, mpi.beginAllReduce(values), Number.POSITIVE_INFINITY),
    broadcast: (bytes) => finished(mpi, mpi.beginBroadcast(bytes), PATIENCE),
    abort(error) {
      mpi.abort(typeof error === 'number' ? error : 1);
      throw error;
    },
    close() {
      if (closed) return;
      closed = true;
      mpi.finalize();
    },
  };
}

/** How long a call is asked about without a break, in milliseconds. */
const AT_ONCE = 20;
/** How long a call that waits for rank 0's decisions is asked about whenever nothing else is to be done. */
const PATIENCE = 500;

/** Waits until a call is done; after `patience` milliseconds, it is asked about a thousand times per second at most. */
async function finished(mpi: OpenMpi, request: MpiRequest, patience: number): Promise<void> {
  const begun = performance.now();
  for (;;) {
    const turn = performance.now();
    const patient = turn - begun < patience;
    do {
      if (mpi.isDone(request)) return;
    } while (patient && performance.now() - turn < AT_ONCE);
    await (patient ? setImmediate() : setTimeout(1));
  }
}
