import koffi, { type LibraryHandle } from 'koffi';
import { DistributedError } from './errors.js';

/** The names under which OpenMPI's C library is looked for; all releases from 3 to 5 have one binary interface. */
const NAMES = ['libmpi.so.40', 'libmpi.40.dylib', 'libmpi.so', 'libmpi.dylib'];

/** Where a library of another name is: its file. */
const LIBRARY = 'AIS_MPI_LIBRARY';

/** What is called of MPI. Buffers are passed without copies, and an address stays good while its array lives. */
export interface OpenMpi {
  initialize(): void;
  finalize(): void;
  rank(): number;
  size(): number;
  /** Sums in place, and returns when that is done. */
  allReduce(values: Float32Array): void;
  /** Begins to sum in place. */
  beginAllReduce(values: Float32Array): MpiRequest;
  /** Begins to send the bytes of rank 0 to all. */
  beginBroadcast(bytes: Uint8Array): MpiRequest;
  /** Moves everything that is under way forward, and tells whether this is done. */
  isDone(request: MpiRequest): boolean;
  /** Ends the processes of every rank. */
  abort(status: number): void;
}

/** A call under way. */
export interface MpiRequest {
  readonly handle: BigUint64Array;
  /** Held as long as MPI has its address. */
  readonly buffer: Float32Array | Uint8Array;
}

const THREAD_FUNNELED = 1;
/** `MPI_IN_PLACE`. */
const IN_PLACE = 1n;

/**
 * Loads OpenMPI's C library.
 *
 * Its handles are the addresses of its symbols, where MPICH's are integers: what is not OpenMPI is refused before anything of it is called.
 *
 * @throws {DistributedError} `no-library`; `not-open-mpi` for MPICH, Intel MPI, and others
 */
export function loadOpenMpi(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): OpenMpi {
  const { library, name } = openLibrary(environment[LIBRARY]);
  const symbol = (of: string): bigint => {
    try {
      return library.symbol(of) as bigint;
    } catch (cause) {
      throw new DistributedError(
        'not-open-mpi',
        `${name} is not OpenMPI's library: it has no ${of}. MPICH and its relatives have another binary interface. Start with OpenMPI's ` +
          `mpirun (Debian: apt-get install openmpi-bin libopenmpi3), and name its library with ${LIBRARY} if it is not found.`,
        { cause },
      );
    }
  };
  const world = symbol('ompi_mpi_comm_world');
  const float = symbol('ompi_mpi_float');
  const byte = symbol('ompi_mpi_byte');
  const sum = symbol('ompi_mpi_op_sum');
  const call = (
    of: string,
    ...types: readonly ('void *' | 'int')[]
  ): ((...given: readonly unknown[]) => void) => {
    const found = library.func(of, 'int', [...types]);
    return (...given) => {
      const status = found(...given) as number;
      if (status !== 0) throw new DistributedError('mpi-failed', `${of} failed with status ${status}.`);
    };
  };
  const initThread = call('MPI_Init_thread', 'void *', 'void *', 'int', 'void *');
  const finalize = call('MPI_Finalize');
  const commRank = call('MPI_Comm_rank', 'void *', 'void *');
  const commSize = call('MPI_Comm_size', 'void *', 'void *');
  const allReduce = call('MPI_Allreduce', 'void *', 'void *', 'int', 'void *', 'void *', 'void *');
  const allReduceLater = call(
    'MPI_Iallreduce',
    'void *',
    'void *',
    'int',
    'void *',
    'void *',
    'void *',
    'void *',
  );
  const broadcastLater = call('MPI_Ibcast', 'void *', 'int', 'void *', 'int', 'void *', 'void *');
  const test = call('MPI_Test', 'void *', 'void *', 'void *');
  const abort = call('MPI_Abort', 'void *', 'int');
  const flag = new Int32Array(1);
  const answer = (ask: (comm: bigint, into: Int32Array) => void): number => {
    const into = new Int32Array(1);
    ask(world, into);
    return into[0] ?? 0;
  };

  return {
    initialize: () => initThread(null, null, THREAD_FUNNELED, new Int32Array(1)),
    finalize: () => finalize(),
    rank: () => answer(commRank),
    size: () => answer(commSize),
    allReduce: (values) => allReduce(IN_PLACE, values, values.length, float, sum, world),
    beginAllReduce(values) {
      const handle = new BigUint64Array(new ArrayBuffer(8));
      allReduceLater(IN_PLACE, values, values.length, float, sum, world, handle);
      return { handle, buffer: values };
    },
    beginBroadcast(bytes) {
      const handle = new BigUint64Array(new ArrayBuffer(8));
      broadcastLater(bytes, bytes.length, byte, 0, world, handle);
      return { handle, buffer: bytes };
    },
    isDone({ handle }) {
      test(handle, flag, null);
      return flag[0] !== 0;
    },
    abort: (status) => abort(world, status),
  };
}

function openLibrary(file: string | undefined): {
  readonly library: LibraryHandle;
  readonly name: string;
} {
  const names = file === undefined ? NAMES : [file];
  let cause: unknown;
  for (const name of names) {
    try {
      // OpenMPI's plug-ins look its symbols up among those of the whole process.
      return { library: koffi.load(name, { global: true }), name };
    } catch (error) {
      // The next name, if there is one.
      cause = error;
    }
  }
  throw new DistributedError(
    'no-library',
    `OpenMPI's library could not be loaded (${names.join(', ')}). Install OpenMPI (Debian: apt-get install openmpi-bin libopenmpi3), or name its ` +
      `file with ${LIBRARY}.`,
    { cause },
  );
}
