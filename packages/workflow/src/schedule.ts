import TinyQueue from 'tinyqueue';

/** Work that can begin once the work that it needs is done. */
export interface Task {
  readonly id: string;
  readonly needs: readonly string[];
  /** Of tasks that can begin, those with a larger number do first; 0 if there is none. */
  readonly priority?: number;
}

/** How an attempt at a task ended, if not by an error: `busy` means that another process works on it, so try later. */
export type Attempt = 'done' | 'busy';

export interface ScheduleOptions<T extends Task> {
  /** Tasks at work at once. */
  readonly slots: number;
  readonly run: (task: T) => Promise<Attempt>;
  /** When it aborts, no further task is started; those at work are waited for, and should see the signal too. */
  readonly signal: AbortSignal;
  /** Called when a task is done. */
  readonly onDone?: (task: T) => void | Promise<void>;
  /** Milliseconds after which a busy task is tried again; 1000 by default. */
  readonly pause?: number;
}

export interface ScheduleOutcome {
  readonly done: ReadonlySet<string>;
  /** What went wrong, by task. A task that needs a failed one is neither done nor failed. */
  readonly failures: ReadonlyMap<string, Error>;
}

/**
 * Does tasks as far as their needs allow, several at once: the more urgent first, else in the order given.
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
  const waiting = new WaitingTasks(tasks);
  let busy: T[] = [];
  let atWork = 0;
  let timer: NodeJS.Timeout | undefined;
  let wake = (): void => {};

  const attempt = async (task: T): Promise<void> => {
    try {
      if ((await run(task)) === 'busy') {
        busy.push(task);
        return;
      }
      done.add(task.id);
      waiting.settle(task);
      await onDone?.(task);
    } catch (error) {
      failures.set(task.id, error instanceof Error ? error : new Error(String(error)));
    }
  };
  const begin = (task: T): void => {
    atWork += 1;
    void attempt(task).finally(() => {
      atWork -= 1;
      wake();
    });
  };
  const retryBusy = (): void => {
    timer = undefined;
    for (const task of busy) waiting.put(task);
    busy = [];
    wake();
  };

  const abort = (): void => wake();
  signal.addEventListener('abort', abort);
  try {
    for (;;) {
      for (; atWork < slots && !signal.aborted; ) {
        const task = waiting.take();
        if (!task) break;
        begin(task);
      }
      const toRetry = busy.length > 0 && !signal.aborted;
      if (atWork === 0 && !toRetry) return { done, failures };
      if (toRetry) timer ??= setTimeout(retryBusy, pause);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    signal.removeEventListener('abort', abort);
    clearTimeout(timer);
  }
}

/** Tasks that have not begun, and those of them that can: taken by priority, then in the order given. */
class WaitingTasks<T extends Task> {
  /** How many of its needs are not done, by task. */
  readonly #unmet: Map<string, number>;
  readonly #dependents = new Map<string, T[]>();
  readonly #ready: TinyQueue<T>;

  constructor(tasks: readonly T[]) {
    const places = new Map(tasks.map(({ id }, place) => [id, place]));
    const placeOf = ({ id }: T): number => places.get(id) ?? 0;
    const isLater = (a: T, b: T): number => (b.priority ?? 0) - (a.priority ?? 0) || placeOf(a) - placeOf(b);
    this.#ready = new TinyQueue<T>([], isLater);
    this.#unmet = new Map(tasks.map(({ id, needs }) => [id, new Set(needs).size]));
    for (const task of tasks) {
      if (task.needs.length === 0) this.put(task);
      for (const need of new Set(task.needs)) {
        const dependents = this.#dependents.get(need);
        if (dependents) dependents.push(task);
        else this.#dependents.set(need, [task]);
      }
    }
  }

  /** The first of those that can begin. */
  take(): T | undefined {
    return this.#ready.pop();
  }

  /** Adds a task to those that can begin. */
  put(task: T): void {
    this.#ready.push(task);
  }

  /** Adds those that waited for nothing but this. */
  settle({ id }: T): void {
    for (const dependent of this.#dependents.get(id) ?? []) {
      const unmet = (this.#unmet.get(dependent.id) ?? 0) - 1;
      this.#unmet.set(dependent.id, unmet);
      if (unmet === 0) this.put(dependent);
    }
  }
}
