import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AisError, type ErrorExit } from '@ais/runtime/errors';
import { WorkflowError } from '../errors.js';
import type { StageKind } from '../stage-kind.js';
import type { StageRegistry } from '../stage-registry.js';

export class KitchenError extends AisError<'no-salt'> {
  static override readonly package: string = '@ais/kitchen';
  static override readonly exits: Readonly<Record<string, ErrorExit>> = { 'no-salt': 'usage' };
  override readonly name: string = 'KitchenError';
}

/** Gives numbers; stands in for a source that may change. */
export const numbers: StageKind<
  { readonly values: readonly number[] },
  object,
  { readonly count: number; readonly seen: string }
> = {
  name: 'numbers',
  async run({ values }, _inputs, { directory }) {
    await writeFile(join(directory, 'numbers.json'), JSON.stringify(values));
    return { count: values.length, seen: values.join() };
  },
  fingerprint: ({ seen }) => seen,
};

/** Adds the numbers of one or two stages up, one at a time; remembers how far it is, and how often it was run. */
export const sum: StageKind<
  {
    /** The first attempt fails before it adds the number at this place. */
    readonly failAt?: number;
    /** The first attempt waits before it adds the number at this place, until it is told to stop. */
    readonly pauseAt?: number;
    readonly seed?: number;
  },
  { readonly first: string; readonly second?: string },
  { readonly total: number }
> = {
  name: 'sum',
  async run({ failAt, pauseAt }, { first, second }, { directory, title, signal, progress, log }) {
    await appendFile(join(directory, 'runs.txt'), 'run\n');
    const values = [
      ...(await readNumbers(first)),
      ...(second === undefined ? [] : await readNumbers(second)),
    ];
    const path = join(directory, 'partial.json');
    const { at, total } = await readFile(path, 'utf8').then(JSON.parse, () => ({ at: 0, total: 0 }));
    let state = { at, total };
    log(`adds ${values.length - at} numbers`);
    for (const value of values.slice(at)) {
      if (state.at === pauseAt && at === 0) await untilAborted(signal);
      signal.throwIfAborted();
      if (state.at === failAt && at === 0) throw new KitchenError('no-salt', 'There is no salt. Buy some.');
      state = { at: state.at + 1, total: state.total + value };
      await writeFile(path, JSON.stringify(state));
      progress({ task: title, completed: state.at, total: values.length });
    }
    return { total: state.total };
  },
};

/** Waits until it is told to stop. */
export const wait: StageKind<object, object, never> = {
  name: 'wait',
  run: (_settings, _inputs, { title, signal, progress }) => {
    progress({ task: title, completed: 0, total: 1 });
    return untilAborted(signal);
  },
};

/** What a process needs to run the stages of the suite. */
export const stages: StageRegistry = { kinds: [numbers, sum, wait], versions: { kitchen: '1.0.0' } };

/** The module that exports them as `stages`: this one. */
export const stagesModule: string = import.meta.url;

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    // Keeps the process alive, as work would.
    const work = setInterval(() => {}, 1000);
    const stop = (): void => {
      clearInterval(work);
      reject(signal.reason);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

async function readNumbers(folder: string): Promise<number[]> {
  const path = join(folder, 'numbers.json');
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new WorkflowError('inputs-missing', `${path} cannot be read.`, { cause });
  }
}
