import { setTimeout } from 'node:timers/promises';

/** Work that can begin once the work that it needs is done. */
export interface Task {
  readonly id: string;
  readonly needs: readonly string[];
}

/** How an attempt at a task ended, if not by an error: `busy` means that somebody else works on it, so try later. */
export type Attempt = 'done' | 'busy';

export interface ScheduleOptions<T extends Task> {
  /** Tasks at work at once. */
  readonly slots: number;
  readonly run: (task: T) => Promise<Attempt>;
  /** When it aborts no task is begun any more; those at work are waited for, and should see the signal too. */
  readonly signal: AbortSignal;
  /** Called when a task has been done. */
  readonly onDone?: (task: T) => void | Promise<void>;
  /** Milliseconds after which a busy task is tried again; a second where absent. */
  readonly pause?: number;
}

export interface ScheduleOutcome {
  readonly done: ReadonlySet<string>;
  /** What went wrong, by task. A task that needs a failed one is neither done nor failed. */
  readonly failures: ReadonlyMap<string, Error>;
}

/**
 * Does tasks in the order given as far as their needs allow, several at once.
 *
 * A failure ends nothing but what needs the failed task. Tasks that are busy elsewhere are passed over and tried again,
 * so that two schedules with the same tasks share the work.
 *
 * @param tasks what a task needs must be among them
 */
export async function schedule<T extends Task>(
  tasks: readonly T[],
  { slots, run, signal, onDone, pause = 1000 }: ScheduleOptions<T>,
): Promise<ScheduleOutcome> {
  const done = new Set<string>();
  const failures = new Map<string, Error>();
  const atWork = new Map<string, Promise<void>>();
  const busy = new Set<string>();

  const begin = (task: T): void => {
    const attempt = async (): Promise<void> => {
      try {
        if ((await run(task)) === 'busy') {
          busy.add(task.id);
          return;
        }
        done.add(task.id);
        await onDone?.(task);
      } catch (error) {
        failures.set(task.id, error instanceof Error ? error : new Error(String(error)));
      }
    };
    atWork.set(
      task.id,
      attempt().finally(() => atWork.delete(task.id)),
    );
  };

  for (;;) {
    const ready = signal.aborted
      ? []
      : tasks.filter(
          ({ id, needs }) =>
            !(done.has(id) || failures.has(id) || atWork.has(id)) && needs.every((need) => done.has(need)),
        );
    for (const task of ready) {
      if (atWork.size === slots) break;
      if (!busy.has(task.id)) begin(task);
    }
    const toRetry = ready.some(({ id }) => busy.has(id));
    if (atWork.size === 0 && !toRetry) return { done, failures };
    const waits: Promise<void>[] = [...atWork.values()];
    if (toRetry && atWork.size < slots) {
      waits.push(
        setTimeout(pause, undefined, { signal }).then(
          () => busy.clear(),
          () => {},
        ),
      );
    }
    await Promise.race(waits);
  }
}
