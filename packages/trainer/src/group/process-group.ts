/**
 * Processes that train one model together: each computes the gradients of its own part of every batch, and all make the same update.
 *
 * All of them make the same calls in the same order. `@ais/distributed` has one over MPI.
 */
export interface ProcessGroup {
  /** Which of the processes this one is, from 0; rank 0 leads, and writes everything that is written. */
  readonly rank: number;
  /** How many processes there are. */
  readonly size: number;
  /**
   * Sums numbers over all processes, in place; all of them get the same bits. It begins at once, so that several may be under way, and
   * `values` belongs to it until it is done.
   */
  allReduce(values: Float32Array): Promise<void>;
  /** Gives every process the bytes of rank 0, in place. */
  broadcast(bytes: Uint8Array): Promise<void>;
  /**
   * Ends the whole group: after an error in the midst of a call that the others wait in.
   *
   * @throws `error`, where it returns at all
   */
  abort(error: unknown): never;
}

/** One process by itself. */
export const alone: ProcessGroup = {
  rank: 0,
  size: 1,
  allReduce: async () => {},
  broadcast: async () => {},
  abort(error) {
    throw error;
  },
};
