import { setImmediate, setTimeout } from 'node:timers/promises';
import type { ProcessGroup } from '@ais/trainer';
import { loadOpenMpi, type MpiRequest, type OpenMpi } from './open-mpi.js';

/** The processes that `mpirun` or `srun` has started together. */
export interface MpiGroup extends ProcessGroup {
  /** Leaves the group. Every process must, as the last thing it does with MPI: otherwise `mpirun` takes it for dead and ends the others. */
  close(): void;
}

let joined: MpiGroup | undefined;

/**
 * Joins the processes that were started together; the first call initializes MPI.
 *
 * MPI is called from one thread. While a call waits, timers, signals, and file operations of this process continue; after a moment, waiting
 * costs no CPU time.
 *
 * @throws {DistributedError} `no-library` if OpenMPI is not found; `not-open-mpi` if the library found is another MPI
 * @example
 * const group = mpiGroup(); // with `mpirun -n 4 node train.mjs`, one of four processes
 * const options = { directory: 'runs/sft', seed: 1, steps: 2, batchSize: 2, learningRate: 1e-3, group };
 * const { steps } = await trainSft(model, examples, options);
 * console.log(steps); // 2
 * group.close();
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
    async allReduce(values) {
      if (values.length <= FEW) return finished(mpi, mpi.beginAllReduce(values), Number.POSITIVE_INFINITY);
      for (let from = 0; from < values.length; from += PIECE)
        mpi.allReduce(values.subarray(from, from + PIECE));
    },
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

/** Up to here, it is the others that are waited for, not the numbers: the wait lets the process keep running. */
const FEW = 2 ** 14;
/**
 * Elements that are summed in one call: 4 MB. In shared memory, calls of 1 to 4 MB that wait move a gradient three to four times as fast as
 * calls that do not wait or are larger; over a network, smaller ones would pay for their latency.
 */
const PIECE = 2 ** 20;
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
