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
  if (threads > 1) return new ThreadPool(Array.from({ length: threads }, () => startThread(data)));
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

function startThread(workerData: PartWorkerData): Worker {
  const { Worker: Thread } = nodeBuiltin('node:worker_threads', 'Preparing on several threads');
  return new Thread(new URL('./part-worker.js', here), { workerData });
}

interface Waiting {
  resolve(worker: Worker): void;
  reject(error: DataError): void;
}

/**
 * Threads that each take the next job when they are free. Where one ends, so does the work: its job and those that wait are
 * rejected, and no other is taken.
 */
export class ThreadPool implements PartWorkers {
  readonly #all: readonly Worker[];
  readonly #free: Worker[];
  readonly #waiting: Waiting[] = [];
  /** What a thread is at work on, and what is called if it ends. */
  readonly #busy = new Map<Worker, { readonly job: PartJob; reject(error: DataError): void }>();
  /** Why no job is taken any more. */
  #ended: DataError | undefined;

  /** @param workers threads that answer each `PartJob` with a `PartAnswer` */
  constructor(workers: readonly Worker[]) {
    this.#all = workers;
    this.#free = [...workers];
    // From the start, and not only while a job runs: a thread that ends between two jobs says so only once.
    for (const worker of workers) {
      worker.on('error', (error) => this.#end(worker, error));
      worker.on('messageerror', (error) => this.#end(worker, error));
      worker.on('exit', (code) => this.#end(worker, new Error(`it ended with exit code ${code}`)));
    }
  }

  async start(job: PartJob): Promise<{ done: Promise<PartReport> }> {
    const worker = await this.#take();
    const done = this.#run(worker, job).finally(() => this.#giveBack(worker));
    // A job's failure reaches the code that awaits it, even if that happens later.
    done.catch(() => {});
    return { done };
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }

  async #take(): Promise<Worker> {
    if (this.#ended) throw this.#ended;
    return this.#free.pop() ?? new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #giveBack(worker: Worker): void {
    if (this.#ended) return;
    const next = this.#waiting.shift();
    if (next) next.resolve(worker);
    else this.#free.push(worker);
  }

  #run(worker: Worker, job: PartJob): Promise<PartReport> {
    return new Promise<PartReport>((resolve, reject) => {
      // It may have ended since it was given.
      if (this.#ended) throw this.#ended;
      worker.once('message', (answer: PartAnswer) => {
        if ('report' in answer) resolve(answer.report);
        else reject(rebuilt(answer.error));
      });
      this.#busy.set(worker, { job, reject });
      worker.postMessage(job, [job.lines.buffer]);
    }).finally(() => this.#busy.delete(worker));
  }

  #end(worker: Worker, cause: Error): void {
    const busy = this.#busy.get(worker);
    this.#ended ??= threadEnded(cause, busy?.job);
    busy?.reject(this.#ended);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}

function threadEnded(cause: Error & { readonly code?: unknown }, job: PartJob | undefined): DataError {
  const isFull = cause.code === 'ERR_WORKER_OUT_OF_MEMORY';
  const [first, last] = [job?.places[0], job?.places.at(-1)];
  const records = first && last ? `, at ${describePlaces(first, last)}` : '';
  return new DataError(
    'thread-ended',
    isFull
      ? `A thread that tokenizes ran out of memory${records}. Use fewer threads (threads: 1), or leave out or shorten the longest records; the same call resumes.`
      : `A thread that tokenizes ended${records}: ${cause.message}. Try again, with one thread (threads: 1) if it ends again; the same call resumes.`,
    { cause, place: first ?? {} },
  );
}

/** From where to where the records of a job are. */
function describePlaces(first: DataErrorPlace, last: DataErrorPlace): string {
  const [from, to] = [first, last].map(({ file, line, row }) =>
    [file, line && `line ${line}`, row && `row ${row}`].filter(Boolean).join(', '),
  );
  return from === to ? `${from}` : `the records from ${from} to ${to}`;
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
  return new DataError(code, message, place && { place });
}
