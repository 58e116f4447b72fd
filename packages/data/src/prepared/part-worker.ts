// A worker thread of part-workers.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { DataError } from '../errors.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import type { PartAnswer, PartJob, PartWorkerData } from './part-workers.js';
import { preparePart } from './prepare-part.js';

const { tokenizer: directory, settings } = workerData as PartWorkerData;
const tokenizer = loadTokenizer(directory);
// Whoever sends a job is told.
tokenizer.catch(() => {});

parentPort?.on('message', async ({ lines, path }: PartJob) => {
  parentPort?.postMessage(await answer(lines, path));
});

async function answer(lines: Uint8Array, path: string): Promise<PartAnswer> {
  try {
    return { report: await preparePart(lines, await tokenizer, settings, path) };
  } catch (error) {
    const { message } = error as Error;
    return {
      error: error instanceof DataError ? { message, code: error.code, place: error.place } : { message },
    };
  }
}
