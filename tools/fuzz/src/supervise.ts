import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Range } from './run-cases.js';
import { addTally, emptyTally, type Finding, type Tally } from './target.js';
import type { WorkerData } from './worker.js';

export interface SuperviseOptions {
  readonly target: string;
  readonly seed: number;
  /** The first case; 0 by default. */
  readonly from?: number;
  readonly count: number;
  readonly workers: number;
  /** The module that runs in each worker. */
  readonly workerFile: URL;
  readonly onProgress?: (tally: Tally) => void;
}

const CASES_AT_A_TIME = 1_000;
/**
 * A worker is ended, its case a finding, where the process has computed for so long at one case, or nothing has happened for
 * so long: on a busy machine, waiting for a turn takes seconds.
 */
const COMPUTING_MS = 10_000;
const SILENCE_MS = 300_000;
const HEAP_MEGABYTES = 256;
/** What the whole process may hold; the case that goes beyond is the end of its worker. */
export const RESIDENT_BYTES: number = 2 ** 30;

/** How long a thread may take to end. */
const PATIENCE_MS = 5_000;

/** What came of some cases. */
export interface Supervised extends Tally {
  /** The process's largest size. */
  readonly peakResidentBytes: number;
  /** A case whose thread could not be ended, and the first one that has no tally for that: the process must end, and those be read again. */
  readonly stuck?: { readonly from: number; readonly at: number };
}

/**
 * Runs cases in worker threads, which can be ended where they hang, and whose heaps are bounded. Where one cannot be ended, since
 * native code is at work, the rest is left.
 */
export async function supervise(options: SuperviseOptions): Promise<Supervised> {
  const { seed, from: first = 0, count, workers, onProgress } = options;
  const ranges: Range[] = [];
  for (let from = first; from < first + count; from += CASES_AT_A_TIME) {
    ranges.push({ seed, from, to: Math.min(first + count, from + CASES_AT_A_TIME) });
  }
  ranges.reverse();
  const total = emptyTally();
  let peakResidentBytes = 0;
  let stuck: Supervised['stuck'];
  const memory = setInterval(() => {
    peakResidentBytes = Math.max(peakResidentBytes, process.memoryUsage.rss());
  }, 100);
  try {
    await Promise.all(
      Array.from({ length: workers }, async () => {
        while (ranges.length > 0 && stuck === undefined) {
          const ended = await workThrough(ranges, options, (tally) => {
            addTally(total, tally);
            onProgress?.(total);
          });
          if (!ended) continue;
          total.findings.push(ended.finding);
          if (!(await ended.isOver)) stuck = { from: ended.from, at: ended.finding.case };
          // What it held goes back to the system before the next case is measured.
          const held = performance.now();
          while (process.memoryUsage.rss() > RESIDENT_BYTES && performance.now() - held < PATIENCE_MS)
            await delay(50);
        }
      }),
    );
  } finally {
    clearInterval(memory);
  }
  return { ...total, peakResidentBytes, ...(stuck && { stuck }) };
}

/** A case that was the end of its worker. */
interface Ended {
  readonly finding: Finding;
  /** The first case whose tally went with it. */
  readonly from: number;
  /** Whether the thread has ended. */
  readonly isOver: Promise<boolean>;
}

/** Lets one worker take ranges until there are none, or until a case is the end of it. */
function workThrough(
  ranges: Range[],
  { target, workerFile }: SuperviseOptions,
  onTally: (tally: Tally) => void,
): Promise<Ended | undefined> {
  const clock = new Float64Array(new SharedArrayBuffer(16));
  const worker = new Worker(workerFile, {
    workerData: { target, clock: clock.buffer as SharedArrayBuffer } satisfies WorkerData,
    // Room for what is soon forgotten: collecting it takes a quarter of the time otherwise.
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES, maxYoungGenerationSizeMb: 64 },
  });
  let range: Range | undefined;
  return new Promise((resolve, reject) => {
    let stopped = false;
    const stop = (kind: Finding['kind'], message: string, cause?: unknown): void => {
      if (stopped) return;
      stopped = true;
      clearInterval(silence);
      clearInterval(memory);
      const isOver = Promise.race([worker.terminate().then(() => true), delay(PATIENCE_MS, false)]);
      if (range === undefined) {
        reject(cause ?? new Error(message));
        return;
      }
      const at = clock[0] as number;
      // Its tally went with it: what came before the case is read again, and the case is passed over.
      const { seed, from, to } = range;
      if (at > from) ranges.push({ seed, from, to: at });
      if (at + 1 < to) ranges.push({ seed, from: at + 1, to });
      resolve({ finding: { case: at, kind, message }, from, isOver });
    };
    let begun = { since: 0, computed: 0 };
    const silence = setInterval(() => {
      const since = clock[1] as number;
      const computed = computedMilliseconds();
      if (since !== begun.since) begun = { since, computed };
      if (since === 0) return;
      const waited = Date.now() - since;
      if (waited > SILENCE_MS || Math.min(waited, computed - begun.computed) > COMPUTING_MS) {
        stop('hang', `ended after ${waited} ms`);
      }
    }, 500);
    const memory = setInterval(() => {
      const bytes = process.memoryUsage.rss();
      if (bytes > RESIDENT_BYTES) stop('memory', `${bytes} bytes resident`);
    }, 50);
    const next = (): void => {
      range = ranges.pop();
      worker.postMessage(range ?? 'end');
    };
    worker.on('message', (message: Tally | 'ready') => {
      if (message !== 'ready') onTally(message);
      next();
    });
    worker.on('error', (cause) => stop('crash', String(cause), cause));
    worker.on('exit', () => {
      clearInterval(silence);
      clearInterval(memory);
      if (range === undefined) resolve(undefined);
      else stop('crash', 'the thread ended');
    });
  });
}

function computedMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
