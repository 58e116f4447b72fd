// A program of its own: the thread in which a run's checkpoints are hashed, flushed and named.
import { parentPort } from 'node:worker_threads';
import { type CompletionOrder, finishCheckpoint } from './checkpoint-writer.js';

parentPort?.on('message', async (order: CompletionOrder) => {
  try {
    await finishCheckpoint(order);
    parentPort?.postMessage(undefined);
  } catch (error) {
    // The codes of an error do not survive the way to another thread by themselves.
    const cause = (error as Error).cause ?? error;
    const { message, code, path, dest } = cause as NodeJS.ErrnoException & { readonly dest?: string };
    parentPort?.postMessage({ message, code, path, dest });
  }
});
