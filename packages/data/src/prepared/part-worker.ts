// A worker thread of part-workers.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { DataError } from '../errors.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import type { PartAnswer, PartWorkerData } from './part-workers.js';
import { type PartJob, preparePart } from './prepare-part.js';

const { tokenizer: directory, settings } = workerData as PartWorkerData;
const tokenizer = loadTokenizer(directory);
// The sender of a job is told.
tokenizer.catch(() => {});

parentPort?.on('message', async (job: PartJob) => {
  parentPort?.postMessage(await answer(job));
});

async function answer(job: PartJob): Promise<PartAnswer> {
  try {
    return { report: await preparePart(job, await tokenizer, settings) };
  } catch (error) {
    const { message } = error as Error;
    if (!(error instanceof DataError)) return { error: { message } };
    return { error: { message: error.detail, code: error.code, place: error.place } };
  }
}
