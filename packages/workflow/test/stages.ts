import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AisError, type ErrorExit } from '@ais/runtime/errors';
import { WorkflowError } from '../src/errors.js';
import type { StageKind } from '../src/stage-kind.js';
import type { StageRegistry } from '../src/stage-registry.js';

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
  { readonly failAt?: number; readonly seed?: number },
  { readonly first: string; readonly second?: string },
  { readonly total: number }
> = {
  name: 'sum',
  async run({ failAt }, { first, second }, { directory, title, signal, progress }) {
    await appendFile(join(directory, 'runs.txt'), 'run\n');
    const values = [
      ...(await readNumbers(first)),
      ...(second === undefined ? [] : await readNumbers(second)),
    ];
    const path = join(directory, 'partial.json');
    const { at, total } = await readFile(path, 'utf8').then(JSON.parse, () => ({ at: 0, total: 0 }));
    let state = { at, total };
    for (const value of values.slice(at)) {
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
  run: (_settings, _inputs, { title, signal, progress }) =>
    new Promise((_resolve, reject) => {
      // Keeps the process alive, as work would.
      const work = setInterval(() => {}, 1000);
      signal.addEventListener('abort', () => {
        clearInterval(work);
        reject(signal.reason);
      });
      progress({ task: title, completed: 0, total: 1 });
    }),
};

/** Ends its process. */
export const end: StageKind<{ readonly code?: number; readonly by?: NodeJS.Signals }, object, never> = {
  name: 'end',
  run: ({ code, by }) => {
    if (by !== undefined) process.kill(process.pid, by);
    else process.exit(code);
    return new Promise(() => {});
  },
};

/** Tells what its process was given. */
export const tell: StageKind<object, object, { readonly threads: string | undefined; readonly pid: number }> =
  {
    name: 'tell',
    run: async () => ({ threads: process.env['TF_NUM_INTRAOP_THREADS'], pid: process.pid }),
  };

export const stages: StageRegistry = {
  kinds: [numbers, sum, wait, end, tell],
  versions: { kitchen: '1.0.0' },
};

async function readNumbers(folder: string): Promise<number[]> {
  const path = join(folder, 'numbers.json');
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new WorkflowError('inputs-missing', `${path} cannot be read.`, { cause });
  }
}
