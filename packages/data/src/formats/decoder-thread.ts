import type { Worker } from 'node:worker_threads';
import { nodeBuiltin } from '@ais/runtime/files';

/** Time that decoding takes at most: some at the start, and some for each byte. A hundred times what it needs. */
const START_MILLISECONDS = 500;
const BYTES_PER_MILLISECOND = 1000;

const MEMORY_MEGABYTES = 1024;

/** The modules that threads start from; they lie beside this one, or beside the bundle that it is in. */
type Decoder = './parquet-worker.js' | './arrow-worker.js';

const idle: Record<Decoder, Worker[]> = { './parquet-worker.js': [], './arrow-worker.js': [] };

/** What a thread sends: an answer, a fault, the number of bytes it has read, or a request for more bytes. */
interface Message {
  readonly answer?: unknown;
  readonly fault?: string;
  readonly read?: number;
  readonly need?: true;
}

/**
 * Decodes one file in a thread of its own, which is ended where it takes too long or too much memory.
 *
 * Its heap is limited; buffers are not part of it, and each decoder limits its own. Threads are used again for the next file,
 * and keep no process alive.
 */
export class DecoderThread {
  readonly #decoder: Decoder;
  readonly #worker: Worker;
  readonly #bytes: AsyncIterator<Uint8Array> | undefined;
  #isUsable = true;

  /** @param bytes what the decoder may ask for, of a file that it does not read itself */
  static async start(decoder: Decoder, bytes?: AsyncIterator<Uint8Array>): Promise<DecoderThread> {
    return new DecoderThread(decoder, idle[decoder].pop() ?? (await startWorker(decoder)), bytes);
  }

  private constructor(decoder: Decoder, worker: Worker, bytes: AsyncIterator<Uint8Array> | undefined) {
    this.#decoder = decoder;
    this.#worker = worker;
    this.#bytes = bytes;
  }

  async close(): Promise<void> {
    if (!this.#isUsable) return;
    this.#isUsable = false;
    await this.ask({}).then(
      () => idle[this.#decoder].push(this.#worker),
      () => this.#worker.terminate(),
    );
    await this.#bytes?.return?.();
  }

  /**
   * @param bytes that this will take, as far as it is known before; a decoder may tell of more as it reads them
   * @throws {Error} what is wrong with the file
   */
  ask(request: object, bytes = 0): Promise<unknown> {
    let limit = START_MILLISECONDS + bytes / BYTES_PER_MILLISECOND;
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
      const onMessage = ({ answer, fault, read, need }: Message): void => {
        if (read !== undefined) limit += read / BYTES_PER_MILLISECOND;
        else if (need) {
          this.#hand().catch((cause) => {
            this.#isUsable = false;
            void worker.terminate();
            settle(() => reject(cause));
          });
        } else settle(() => (fault === undefined ? resolve(answer) : reject(new Error(fault))));
      };
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

  async #hand(): Promise<void> {
    const chunk = await this.#bytes?.next();
    this.#worker.postMessage({ chunk: chunk?.done === false ? chunk.value : null });
  }
}

function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

// In a variable, so that bundlers for browsers do not go after what is named beside it.
const here: string = import.meta.url;

/** The `threadId` of a thread that is no more. */
const ENDED = -1;

/** A thread that has loaded its modules: the time that this takes is not the file's. */
async function startWorker(decoder: Decoder): Promise<Worker> {
  const { Worker } = nodeBuiltin('node:worker_threads', 'Reading a data set');
  const worker = new Worker(new URL(decoder, here), {
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MEGABYTES },
  });
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error(`@ais/data: the thread ${decoder} does not start.`)));
  });
  // One that ends while it is idle is no longer there to be used.
  worker.on('error', () => {});
  worker.on('exit', () => {
    const waiting = idle[decoder];
    if (waiting.includes(worker)) waiting.splice(waiting.indexOf(worker), 1);
  });
  return worker;
}
