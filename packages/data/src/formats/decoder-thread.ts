import type { Worker } from 'node:worker_threads';
import { nodeBuiltin } from '@ais/runtime/files';

/** What a Parquet file says about itself. */
export interface ParquetOverview {
  readonly columns: readonly string[];
  /** Rows and, compressed and not together, bytes of each row group. */
  readonly groups: readonly { readonly rows: number; readonly bytes: number }[];
}

/** Time that decoding takes at most: some at the start, and some for each byte. A hundred times what it needs. */
const START_MILLISECONDS = 500;
const BYTES_PER_MILLISECOND = 1000;

const MEMORY_MEGABYTES = 1024;

const idle: Worker[] = [];

/**
 * Decodes one Parquet file in a thread of its own, which is ended where it takes too long or too much memory.
 *
 * Threads are used again for the next file, and keep no process alive.
 */
export class ParquetDecoder {
  readonly #worker: Worker;
  #isUsable = true;

  static async start(): Promise<ParquetDecoder> {
    return new ParquetDecoder(idle.pop() ?? (await startWorker()));
  }

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** @throws {Error} what is wrong with the file */
  async open(path: string): Promise<ParquetOverview> {
    return (await this.#ask({ open: path }, 0)) as ParquetOverview;
  }

  /** The rows of one group. @throws {Error} what is wrong with the file */
  async readGroup(
    group: number,
    columns: readonly string[],
    bytes: number,
  ): Promise<Record<string, unknown>[]> {
    return (await this.#ask({ group, columns }, bytes)) as Record<string, unknown>[];
  }

  async close(): Promise<void> {
    if (!this.#isUsable) return;
    this.#isUsable = false;
    await this.#ask({}, 0).then(
      () => idle.push(this.#worker),
      () => this.#worker.terminate(),
    );
  }

  #ask(request: object, bytes: number): Promise<unknown> {
    const limit = START_MILLISECONDS + bytes / BYTES_PER_MILLISECOND;
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      // A thread that ended between two requests, say for want of memory, would never answer.
      if (worker.threadId === ENDED) {
        this.#isUsable = false;
        reject(new Error('its decoder ended'));
        return;
      }
      let isSettled = false;
      const settle = (finish: () => void): void => {
        isSettled = true;
        clearInterval(watch);
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        worker.unref();
        finish();
      };
      const end = (why: string): void => {
        this.#isUsable = false;
        void worker.terminate();
        settle(() => reject(new Error(why)));
      };
      const onMessage = ({ answer, fault }: { answer?: unknown; fault?: string }): void =>
        settle(() => (fault === undefined ? resolve(answer) : reject(new Error(fault))));
      const onError = ({ message }: Error): void => end(message);
      const onExit = (): void => end('its decoder ended');
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      worker.ref();
      // Time counts while the process computes: on a machine that is busy with others, waiting is no fault.
      const start = Date.now();
      const startCpu = cpuMilliseconds();
      const watch = setInterval(() => {
        if (Math.min(Date.now() - start, cpuMilliseconds() - startCpu) < limit) return;
        // An answer that has arrived meanwhile comes first.
        setImmediate(() =>
          setImmediate(() => isSettled || end(`decoding took over ${Math.round(limit)} ms`)),
        );
        clearInterval(watch);
      }, 50);
      worker.postMessage(request);
    });
  }
}

function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The `threadId` of a thread that is no more. */
const ENDED = -1;

/** A thread that has loaded its modules: the time that this takes is not the file's. */
async function startWorker(): Promise<Worker> {
  const { Worker } = nodeBuiltin('node:worker_threads', 'parquetRows');
  const worker = new Worker(new URL('./parquet-worker.js', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MEGABYTES },
  });
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', () =>
      reject(new Error('@ais/data: the thread that decodes Parquet does not start.')),
    );
  });
  // One that ends while it is idle is no longer there to be used.
  worker.on('error', () => {});
  worker.on('exit', () => {
    if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
  });
  return worker;
}
