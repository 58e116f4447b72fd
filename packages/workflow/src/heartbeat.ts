import { Worker } from 'node:worker_threads';

/** Milliseconds between two beats. */
const BEAT_MS = 2_000;

// A thread of its own, so that a training step that holds up the process for a minute does not silence it. One byte is
// written over: the file system dates it, with the same clock for all machines that share it, and a full disk takes it.
const source = `
const { parentPort } = require('node:worker_threads');
const { open } = require('node:fs/promises');
const paths = new Set();
async function beat(path) {
  const file = await open(path, 'r+');
  try {
    await file.write('.', 0);
  } finally {
    await file.close();
  }
}
parentPort.on('message', ({ begin, end }) => {
  if (begin !== undefined) paths.add(begin);
  else paths.delete(end);
});
setInterval(() => {
  for (const path of paths) beat(path).catch(() => {});
}, ${BEAT_MS});
`;

let thread: Worker | undefined;

/**
 * Writes to a file every two seconds while this process lives, whatever else holds it up.
 *
 * @param path an existing file; it is never made again once it has been removed
 * @returns what ends it
 */
export function beginHeartbeat(path: string): () => void {
  if (!thread) {
    // Without the options of this process: what they load, such as a compiler, the thread does not need.
    thread = new Worker(source, { eval: true, execArgv: [], env: {} });
    thread.unref();
  }
  const beating = thread;
  beating.postMessage({ begin: path });
  return () => beating.postMessage({ end: path });
}
