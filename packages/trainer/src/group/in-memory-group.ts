import type { ProcessGroup } from './process-group.js';

/** A call that some of the ranks have made. */
interface Meeting {
  readonly given: (Float32Array | Uint8Array)[];
  readonly done: PromiseWithResolvers<void>;
}

/**
 * A group whose ranks share one process, for tests: sums are taken in the order of the ranks.
 *
 * @param size how many ranks
 * @returns the group as each rank sees it
 * @example
 * const values = [Float32Array.of(1, 2), Float32Array.of(10, 20)];
 * await Promise.all(inMemoryGroup(2).map((group) => group.allReduce(values[group.rank])));
 * console.log(values[0], values[1]); // Float32Array(2) [ 11, 22 ] Float32Array(2) [ 11, 22 ]
 */
export function inMemoryGroup(size: number): ProcessGroup[] {
  const meetings: Meeting[] = [];
  let failure: { readonly error: unknown } | undefined;

  return Array.from({ length: size }, (_, rank): ProcessGroup => {
    let calls = 0;
    const meet = async <T extends Float32Array | Uint8Array>(
      own: T,
      combine: (given: readonly T[]) => void,
    ): Promise<void> => {
      if (failure) throw failure.error;
      const meeting = meetings[calls] ?? { given: [], done: withResolvers() };
      meetings[calls] = meeting;
      calls += 1;
      meeting.given[rank] = own;
      const given = meeting.given.filter(Boolean) as T[];
      if (given.some((other) => other.length !== own.length || other.constructor !== own.constructor)) {
        throw new Error('@ais/trainer: the ranks of a group have made different calls.');
      }
      if (given.length === size) {
        combine(given);
        meeting.done.resolve();
      }
      await meeting.done.promise;
    };
    return {
      rank,
      size,
      allReduce: (values) =>
        meet(values, (given) => {
          for (let index = 0; index < values.length; index += 1) {
            let total = 0;
            for (const of of given) total = Math.fround(total + (of[index] as number));
            for (const of of given) of[index] = total;
          }
        }),
      broadcast: (bytes) =>
        meet(bytes, (given) => {
          for (const of of given.slice(1)) of.set(given[0] as Uint8Array);
        }),
      abort(error) {
        failure ??= { error };
        for (const { done } of meetings) done.reject(error);
        throw error;
      },
    };
  });
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** `Promise.withResolvers`, which Node has from 22 on. */
function withResolvers(): PromiseWithResolvers<void> {
  let resolve: PromiseWithResolvers<void>['resolve'] = () => {};
  let reject: PromiseWithResolvers<void>['reject'] = () => {};
  const promise = new Promise<void>((fulfill, refuse) => {
    resolve = fulfill;
    reject = refuse;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}
