// A worker as a program of its own: node worker-program.ts URL QUEUE STORE.
import { runQueueWorker } from '../src/bullmq/index.js';
import { directoryStore } from '../src/directory-store.js';

const [url = '', queue = '', root = ''] = process.argv.slice(2);
const controller = new AbortController();
process.on('SIGTERM', () => controller.abort());
await runQueueWorker({
  url,
  queue,
  store: directoryStore(root),
  module: new URL('./stages.js', import.meta.url).href,
  signal: controller.signal,
  lockDuration: 2_000,
});
