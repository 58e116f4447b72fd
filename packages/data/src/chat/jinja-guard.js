// The thread that watches over jinja-worker.js, and answers whatever happens there: the caller is blocked until it does.
// Plain JavaScript, so that Node loads it from the sources too.
import { Worker } from 'node:worker_threads';
import { answerBlocked } from '../threads/answer-blocked.js';

/** Time that the renderings of one record may take; they take a hundredth of it. */
const MILLISECONDS = 250;
const MEMORY_MEGABYTES = 256;

let idle;

answerBlocked(async (request) => {
  idle ??= startWorker();
  const worker = await idle;
  return new Promise((resolve) => {
    const stopWatching = () => {
      clearInterval(watch);
      worker.off('message', settle).off('error', onError).off('exit', onExit);
    };
    const settle = (answer) => {
      stopWatching();
      if (answer.fault === 'length') void retire(answer);
      else resolve(answer);
    };
    // Its heap, which may be full, goes back to the system before the next rendering fills another one.
    const retire = async (answer) => {
      idle = undefined;
      worker.on('error', () => {});
      await worker.terminate();
      resolve(answer);
    };
    const end = (fault, detail) => {
      stopWatching();
      void retire({ fault, detail });
    };
    // Time counts while the process computes: on a machine that is busy with others, waiting is no fault.
    const start = Date.now();
    const startComputed = computedMilliseconds();
    const watch = setInterval(() => {
      if (Math.min(Date.now() - start, computedMilliseconds() - startComputed) < MILLISECONDS) return;
      end('time', `${MILLISECONDS} ms`);
    }, 20);
    const onError = ({ code, message }) =>
      code === 'ERR_WORKER_OUT_OF_MEMORY'
        ? end('memory', `${MEMORY_MEGABYTES} MB`)
        : end('failed', String(message).slice(0, 500));
    const onExit = () => end('failed', 'its thread ended');
    worker.on('message', settle).on('error', onError).on('exit', onExit);
    worker.postMessage(request);
  });
});

function computedMilliseconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** A thread that has loaded its modules: the time that this takes is not the template's. */
async function startWorker() {
  // In a variable, so that bundlers do not go after it.
  const entry = './jinja-worker.js';
  const worker = new Worker(new URL(entry, import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MEGABYTES },
    execArgv: [],
  });
  await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return worker;
}
