// A worker thread of part-workers.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { DataError } from './errors.js';
import { loadTokenizer } from './load-tokenizer.js';
import type { PartAnswer, PartJob, PartWorkerData } from './part-workers.js';
import { preparePart } from './prepare-part.js';

const { tokenizer: directory, settings } = workerData as PartWorkerData;
const tokenizer = loadTokenizer(directory);
// Whoever sends a job is told.
tokenizer.catch(() => {});

parentPort?.on('message', async ({ records, path }: PartJob) => {
  parentPort?.postMessage(await answer(records, path));
});

async function answer(records: PartJob['records'], path: string): Promise<PartAnswer> {
  try {
    return { report: await preparePart(records, await tokenizer, settings, path) };
  } catch (error) {
    const { message } = error as Error;
    return {
      error: error instanceof DataError ? { message, code: error.code, place: error.place } : { message },
    };
  }
}
