import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { type Range, runCases } from './run-cases.js';
import type { FuzzTarget } from './target.js';
import { TARGETS } from './targets/index.js';
import { watchAllocations } from './watch-allocations.js';

/** What a worker is started with. */
export interface WorkerData {
  readonly target: string;
  /** The case that it is at and when it began, for the supervisor to read when the worker no longer answers. */
  readonly clock: SharedArrayBuffer;
}

// Reads the ranges of cases that it is sent, and answers each with its tally.
const { target: name, clock } = workerData as WorkerData;
const target = TARGETS.get(name) as FuzzTarget;
const now = new Float64Array(clock);
await target.prepare();
const largestAllocation = target.allocatesAsFiles ? watchAllocations() : () => 0;
// In memory where there is such a place: files are written for each case.
const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const directory = await mkdtemp(join(place, `fuzz-${name}-`));

parentPort?.on('message', async (range: Range | 'end') => {
  if (range === 'end') {
    await rm(directory, { recursive: true, force: true });
    parentPort?.close();
    return;
  }
  const tally = await runCases(target, range, directory, {
    largestAllocation,
    onCase: (index) => {
      now[0] = index;
      now[1] = Date.now();
    },
  });
  now[1] = 0;
  parentPort?.postMessage(tally);
});
parentPort?.postMessage('ready');
