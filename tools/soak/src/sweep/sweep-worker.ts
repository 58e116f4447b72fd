// A worker of the sweep, as a process of its own: it is there to be killed. It ends when the process that started it does.
import { directoryStore } from '@ais/workflow';
import { runQueueWorker } from '@ais/workflow/bullmq';
import { storeOptions } from './sweep-stages.js';
import { LOCK_MS } from './sweep-times.js';

const [url = '', queue = '', root = ''] = process.argv.slice(2);
const controller = new AbortController();
process.on('SIGTERM', () => controller.abort());
process.on('disconnect', () => process.exit());
await runQueueWorker({
  url,
  queue,
  store: directoryStore(root, storeOptions),
  signal: controller.signal,
  module: new URL('./sweep-stages.js', import.meta.url).href,
  lockDuration: LOCK_MS,
  onEvent: (message) => process.send?.(message),
});
if (process.connected) process.disconnect();
