// The thread of rust-engine.ts: the caller waits for its answer, which comes from a process of its own. Plain JavaScript, so
// that Node loads it from the sources too.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { workerData } from 'node:worker_threads';
import { answerBlocked } from '../threads/answer-blocked.js';

/** What a process has opened, for the next one. */
const opened = new Map();
let child;

answerBlocked(async ([action, key, parameter]) => {
  if (action === 'close') {
    opened.delete(key);
    return child && (await ask([action, key]));
  }
  if (child === undefined) {
    child = start();
    for (const [each, json] of opened) await ask(['open', each, json]);
  }
  const result = await ask([action, key, parameter]);
  if (action === 'open') opened.set(key, parameter);
  return result;
});

function start() {
  // In a variable, so that bundlers do not go after it.
  const entry = './rust-process.js';
  const started = fork(fileURLToPath(new URL(entry, import.meta.url)), [workerData.library], {
    execArgv: [],
    // What the library says when it gives up is a trace of its own.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // One that ends while no request is pending is no longer there to be asked.
  started.on('exit', () => {
    if (child === started) child = undefined;
  });
  return started;
}

/** Time that a request takes at most: some at the start, and some for each character. A hundred times what it needs. */
const FIRST_MILLISECONDS = 500;
const CHARACTERS_PER_MILLISECOND = 100;
/** What a request may take of memory, beside what the process had before it. */
const MEGABYTES = 1024;

function ask(request) {
  const asked = child;
  const { length = 0 } = request[2] ?? [];
  // A vocabulary takes a while to read, and is not asked for again and again.
  const first = request[0] === 'open' ? 20 * FIRST_MILLISECONDS : FIRST_MILLISECONDS;
  const milliseconds = first + Math.ceil(length / CHARACTERS_PER_MILLISECOND);
  return new Promise((resolve, reject) => {
    const settle = ({ result, error, isLast }) => {
      if (isLast) child = undefined;
      asked.off('message', settle).off('exit', onExit).off('error', onError);
      if (error === undefined) resolve(result ?? undefined);
      else reject(new Error(error));
    };
    const end = (error) => settle({ error, isLast: true });
    const onError = ({ message }) => end(message);
    const onExit = (status, signal) => end(`its process ended (${signal ?? `exit code ${status}`})`);
    asked.on('message', settle).on('exit', onExit).on('error', onError);
    asked.send({ request, milliseconds, megabytes: MEGABYTES });
  });
}
