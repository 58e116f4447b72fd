import type { Worker } from 'node:worker_threads';
import { nodeBuiltin } from '@ais/runtime/files';

/** What a thread answers: a result, or what went wrong there. */
export interface ThreadAnswer {
  readonly result?: unknown;
  readonly error?: string;
}

/**
 * A thread that is asked synchronously: each call blocks until the thread has answered, so that asynchronous or
 * untrusted work can stand behind a plain function. It does not keep a process alive.
 */
export interface BlockingThread {
  ask(request: unknown): ThreadAnswer;
  /** Sends a request without waiting for an answer. */
  tell(request: unknown): void;
  /** Whether it can still be asked. */
  readonly isUsable: boolean;
}

/** Longer than any answer takes; a thread that is silent for so long has ended. */
const PATIENCE_MILLISECONDS = 10 * 60_000;

/**
 * Starts a thread whose file calls `answerBlocked`.
 *
 * @param entry the thread's file
 * @param data what it finds in its `workerData`
 * @param what messages call it
 */
export function startBlockingThread(
  entry: URL,
  data: Readonly<Record<string, unknown>>,
  what: string,
): BlockingThread {
  const { MessageChannel, receiveMessageOnPort, Worker } = nodeBuiltin('node:worker_threads', what);
  const { port1, port2 } = new MessageChannel();
  const answers = new Int32Array(new SharedArrayBuffer(4));
  const worker: Worker = new Worker(entry, {
    workerData: { ...data, port: port2, answers },
    transferList: [port2],
    execArgv: [],
  });
  worker.unref();
  let asked = 0;
  let isUsable = true;
  return {
    ask(request) {
      if (!isUsable) return { error: 'the thread that ran it has ended' };
      const id = ++asked;
      port1.postMessage({ id, request });
      for (;;) {
        // Counted before looking: an answer that comes in between changes the count, and the wait ends at once.
        const count = Atomics.load(answers, 0);
        const received = receiveMessageOnPort(port1)?.message as
          | { id: number; reply: ThreadAnswer }
          | undefined;
        if (received?.id === id) return received.reply;
        if (received) continue;
        if (Atomics.wait(answers, 0, count, PATIENCE_MILLISECONDS) === 'timed-out') {
          isUsable = false;
          void worker.terminate();
          return { error: 'the thread that runs it does not answer' };
        }
      }
    },
    get isUsable() {
      return isUsable;
    },
    tell: (request) => port1.postMessage({ request }),
  };
}
