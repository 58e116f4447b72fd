// The thread of rust-process.js that calls Hugging Face's library. Plain JavaScript, so that Node loads it from the sources too.
import { parentPort, workerData } from 'node:worker_threads';
import { rustActions } from './rust-actions.js';

const act = rustActions(workerData.library);

parentPort.on('message', async (request) => {
  try {
    parentPort.postMessage({ result: await act(request) });
  } catch (error) {
    parentPort.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
});
