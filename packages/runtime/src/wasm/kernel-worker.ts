// Int32 fields of the block of memory through which work is handed out. Arguments follow from `ARGUMENTS` on, float64.
/** The work's number, times 256, and its parts that no thread has taken yet: what a thread waits for, and takes a part from. */
export const STATE = 0;
/** Parts that are not done. */
export const PENDING = 1;
/** 1 where a part failed. */
export const FAILED = 2;
export const KERNEL = 3;
export const ITEMS = 4;
/** Items of a part. */
export const PART = 5;
/** Bytes of scratch memory of each thread; the first argument is where that of the first one begins. */
export const SCRATCH = 6;
export const ARGUMENT_COUNT = 7;
export const ARGUMENTS = 32;
const MOST_ARGUMENTS = 32;
export const MOST_PARTS = 255;
export const CONTROL_BYTES: number = ARGUMENTS + 8 * MOST_ARGUMENTS;

/** How a worker gets what it needs in Node, and in a page. */
const BEGIN_IN_NODE = `begin(require('node:worker_threads').workerData);`;
const BEGIN_IN_PAGE = 'onmessage = ({ data }) => begin(data);';

/**
 * What a worker runs: text, so that no bundler has to find a file.
 *
 * A part is taken by a compare-and-exchange of the state, which holds the number of the work: what was read of an earlier
 * work, or half of one, is thrown away.
 */
export function kernelWorkerSource(inNode: boolean): string {
  return `'use strict';
function begin({ module, memory, control, names, index }) {
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports;
  const fields = new Int32Array(control);
  const values = new Float64Array(control, ${ARGUMENTS});
  let idle = 0;
  for (;;) {
    const state = Atomics.load(fields, ${STATE});
    const left = state & ${MOST_PARTS};
    if (left === 0) {
      if (++idle > 2000) Atomics.wait(fields, ${STATE}, state);
      continue;
    }
    idle = 0;
    const name = names[fields[${KERNEL}]];
    const items = fields[${ITEMS}];
    const part = fields[${PART}];
    const scratch = fields[${SCRATCH}];
    const given = values.slice(0, fields[${ARGUMENT_COUNT}]);
    if (Atomics.compareExchange(fields, ${STATE}, state, state - 1) !== state) continue;
    try {
      if (scratch > 0) given[0] += index * scratch;
      const from = (left - 1) * part;
      kernels[name](from, Math.min(from + part, items), ...given);
    } catch {
      Atomics.store(fields, ${FAILED}, 1);
    }
    if (Atomics.sub(fields, ${PENDING}, 1) === 1) Atomics.notify(fields, ${PENDING});
  }
}
${inNode ? BEGIN_IN_NODE : BEGIN_IN_PAGE}
`;
}
