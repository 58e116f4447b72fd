// The other side of blocking-thread.ts: answers the waiting thread, one request after the other. Plain JavaScript, so that
// Node loads it from the sources too.
import { workerData } from 'node:worker_threads';

/**
 * Answers each request of the thread that waits.
 *
 * @param {(request: any) => unknown} answer may be asynchronous; `undefined` for a request whose answer no thread waits for
 */
export function answerBlocked(answer) {
  /** @type {{ port: import('node:worker_threads').MessagePort, answers: Int32Array }} */
  const { port, answers } = workerData;
  port.on('message', async ({ id, request }) => {
    let reply;
    try {
      reply = { result: await answer(request) };
    } catch (error) {
      reply = { error: error instanceof Error ? error.message : String(error) };
    }
    if (id === undefined) return;
    port.postMessage({ id, reply });
    Atomics.add(answers, 0, 1);
    Atomics.notify(answers, 0);
  });
}
