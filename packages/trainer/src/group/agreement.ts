import { TrainerError } from '../errors.js';
import type { ProcessGroup } from './process-group.js';

/** What the processes have told each other. */
export interface Agreement<T> {
  /** Of this process; nothing where some process gave up its work because it was asked to stop. */
  readonly value: T | undefined;
  /** Whether some process was asked to stop. */
  readonly stop: boolean;
}

const FAILED = 1;
const GAVE_UP = 2;

/**
 * Does work that every process does, and lets all of them know how it went everywhere: no process may wait for results that never come.
 *
 * @param discard frees a value that is not used because of another process
 * @throws what the work throws, unless it gave up
 * @throws {TrainerError} `other-process` where it has failed in another process only
 */
export async function agreeOn<T>(
  group: ProcessGroup,
  work: () => Promise<T>,
  { signal, discard }: { readonly signal: AbortSignal | undefined; readonly discard: (value: T) => void },
): Promise<Agreement<T>> {
  if (group.size === 1) return { value: await work(), stop: false };
  let done: { readonly value: T } | undefined;
  let failure: { readonly error: unknown } | undefined;
  try {
    done = { value: await work() };
  } catch (error) {
    failure = { error };
  }
  const ofThis = failure ? (signal?.aborted ? GAVE_UP : FAILED) : 0;
  const told = new Float32Array(group.size + 1);
  told[group.rank] = ofThis;
  told[group.size] = signal?.aborted ? 1 : 0;
  await group.allReduce(told);
  const states = told.subarray(0, group.size);
  if (done && states.some((state) => state > 0)) discard(done.value);
  // Rank 0 throws what says where its checkpoint is.
  if (failure && (ofThis === FAILED || group.rank === 0)) throw failure.error;
  const failed = states.indexOf(FAILED);
  if (failed >= 0)
    throw new TrainerError('other-process', `Rank ${failed} could not make its part of a step.`);
  const gaveUp = states.includes(GAVE_UP);
  return { value: gaveUp ? undefined : done?.value, stop: (told[group.size] ?? 0) > 0 };
}
