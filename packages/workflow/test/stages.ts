import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StageKind } from '../src/stage-kind.js';
import type { StageRegistry } from '../src/stage-registry.js';
import { stages as conformance, wait } from '../src/testing/stages.js';

export { KitchenError, numbers, sum, wait } from '../src/testing/stages.js';

/** Ends its process. */
export const end: StageKind<{ readonly code?: number; readonly by?: NodeJS.Signals }, object, never> = {
  name: 'end',
  run: ({ code, by }) => {
    if (by !== undefined) process.kill(process.pid, by);
    else process.exit(code);
    return new Promise(() => {});
  },
};

/** Finds the disk full at its first attempt. */
export const fill: StageKind<object, object, null> = {
  name: 'fill',
  async run(_settings, _inputs, { directory }) {
    const marker = join(directory, 'tried');
    if (existsSync(marker)) return null;
    await writeFile(marker, '');
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  },
};

/** Tells what its process was given. */
export const tell: StageKind<object, object, { readonly threads: string | undefined; readonly pid: number }> =
  {
    name: 'tell',
    run: async () => ({ threads: process.env['TF_NUM_INTRAOP_THREADS'], pid: process.pid }),
  };

/** As `wait`, but held up until a file is there, as by a long step: then it reports its progress to any process that is left. */
export const late: StageKind<{ readonly until: string }, object, never> = {
  name: 'late',
  run: ({ until }, inputs, context) => {
    const turn = new Int32Array(new SharedArrayBuffer(4));
    while (!existsSync(until)) Atomics.wait(turn, 0, 0, 10);
    return wait.run({}, inputs, context);
  },
};

export const stages: StageRegistry = {
  ...conformance,
  kinds: [...conformance.kinds, end, fill, late, tell],
};
