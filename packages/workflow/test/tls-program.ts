// A worker, and a plan for it, in a program of its own: node tls-program.ts QUEUE STORE, with the server in AIS_REDIS.
import { queueExecutor, queueStatus, runQueueWorker } from '../src/bullmq/index.js';
import { directoryStore } from '../src/directory-store.js';
import { runStages } from '../src/run-stages.js';
import { stageSpec } from '../src/stage-spec.js';
import { numbers, sum } from './stages.js';

const [queue = '', root = ''] = process.argv.slice(2);
const url = process.env['AIS_REDIS'] ?? '';
const store = directoryStore(root);
const controller = new AbortController();
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const worker = runQueueWorker({
  url,
  queue,
  store,
  module: new URL('./stages.js', import.meta.url).href,
  signal: controller.signal,
  onEvent: say,
});
const executor = await queueExecutor({ url, queue, store, onWarning: say });
const values = stageSpec(numbers, { values: [1, 2, 3] }, {});
const names = { title: ({ kind }: { readonly kind: { readonly name: string } }) => `the ${kind.name}` };
const { done, failures } = await runStages([stageSpec(sum, {}, { first: values })], {
  store,
  executor,
  names,
});
const { workers } = await queueStatus(url, { queue, onWarning: say });
say(JSON.stringify({ done: done.size, failures: failures.length, workers }));
controller.abort();
await worker;
await executor.close?.();
