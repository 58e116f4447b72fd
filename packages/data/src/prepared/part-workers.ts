import type { Worker } from 'node:worker_threads';
import { nodeBuiltin } from '@ais/runtime/files';
import { DataError, type DataErrorCode, type DataErrorPlace } from '../errors.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import { type PartJob, type PartReport, preparePart } from './prepare-part.js';
import type { PreparationSettings } from './prepared-manifest.js';

/** What a worker thread is started with. */
export interface PartWorkerData {
  readonly tokenizer: string;
  readonly settings: PreparationSettings;
}

/** What a worker thread answers: a report, or the error that stopped it. */
export type PartAnswer =
  | { readonly report: PartReport }
  | { readonly error: { message: string; code?: DataErrorCode; place?: DataErrorPlace } };

/** Tokenizes parts, several at once. */
export interface PartWorkers {
  /** Resolves when a worker is free and has taken the job; `done` when it is done with it. */
  start(job: PartJob): Promise<{ done: Promise<PartReport> }>;
  close(): Promise<void>;
}

/**
 * Worker threads with a tokenizer each; with one thread, the calling one.
 *
 * @param data the folder of the tokenizer, and the settings
 * @param threads how many
 */
export async function partWorkers(data: PartWorkerData, threads: number): Promise<PartWorkers> {
  if (threads > 1) return new ThreadPool(data, threads);
  const tokenizer = await loadTokenizer(data.tokenizer);
  return {
    start: async (job) => {
      const report = await preparePart(job, tokenizer, data.settings);
      return { done: Promise.resolve(report) };
    },
    close: async () => {},
  };
}

// In a variable, so that bundlers for browsers do not go after what is named beside it.
const here: string = import.meta.url;

class ThreadPool implements PartWorkers {
  readonly #free: Worker[] = [];
  readonly #all: Worker[] = [];
  readonly #waiting: ((worker: Worker) => void)[] = [];

  constructor(workerData: PartWorkerData, threads: number) {
    const { Worker: Thread } = nodeBuiltin('node:worker_threads', 'Preparing on several threads');
    for (let thread = 0; thread < threads; thread++) {
      const worker = new Thread(new URL('./part-worker.js', here), { workerData });
      // Each job listens for itself; between jobs nothing can be told.
      worker.on('error', () => {});
      this.#all.push(worker);
      this.#free.push(worker);
    }
  }

  async start(job: PartJob): Promise<{ done: Promise<PartReport> }> {
    const worker = this.#free.pop() ?? (await new Promise<Worker>((resolve) => this.#waiting.push(resolve)));
    const done = this.#run(worker, job).finally(() => {
      const next = this.#waiting.shift();
      if (next) next(worker);
      else this.#free.push(worker);
    });
    // A job that fails is met by whoever awaits it, also if that is later.
    done.catch(() => {});
    return { done };
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }

  #run(worker: Worker, job: PartJob): Promise<PartReport> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        worker.off('message', answered);
        worker.off('error', failed);
        worker.off('exit', ended);
        finish();
      };
      const answered = (answer: PartAnswer): void =>
        settle(() => ('report' in answer ? resolve(answer.report) : reject(rebuilt(answer.error))));
      const failed = (error: Error): void => settle(() => reject(error));
      const ended = (code: number): void =>
        settle(() => reject(new Error(`@ais/data: a thread that tokenizes ended with exit code ${code}.`)));
      worker.on('message', answered);
      worker.on('error', failed);
      worker.on('exit', ended);
      worker.postMessage(job, [job.lines.buffer]);
    });
  }
}

function rebuilt({
  message,
  code,
  place,
}: {
  message: string;
  code?: DataErrorCode;
  place?: DataErrorPlace;
}): Error {
  if (code === undefined) return new Error(message);
  return new DataError(code, message.replace(/^@ais\/data: /, ''), place === undefined ? {} : { place });
}
