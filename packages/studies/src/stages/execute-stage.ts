import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { runStage, type StageOrder } from './run-stage.js';
import type { StageContext } from './stage-context.js';
import type { WorkerReport } from './stage-worker.js';

/** Does a stage; see `runStage` for what it throws. */
export type ExecuteStage = (
  order: StageOrder,
  context: Pick<StageContext, 'signal' | 'progress'>,
) => Promise<void>;

/**
 * How stages are done: in this process one after another, or each in a process of its own.
 *
 * TensorFlow.js on WASM uses one core in Node, so processes side by side are what uses the others; native TensorFlow gets
 * an even share of the cores in each. On WASM the numbers do not depend on it; native TensorFlow sums in another order with
 * another number of threads, and differs in the last digits.
 */
export function stageExecutor(
  processes: number,
  worker: URL = new URL('./stage-worker.js', import.meta.url),
): ExecuteStage {
  const here: ExecuteStage = async (order, context) => {
    await runStage(order, context);
  };
  if (processes === 1) return here;
  const elsewhere = inOwnProcess(worker, threadShare(processes));
  // A stage without a back end has nothing to keep apart, and all others rest on it.
  return (order, context) => (order.backend === undefined ? here : elsewhere)(order, context);
}

/** Environment that gives each of several processes its share of the cores; what the user has set stays. */
export function threadShare(
  processes: number,
  environment: NodeJS.ProcessEnv = process.env,
  cores: number = availableParallelism(),
): NodeJS.ProcessEnv {
  const threads = String(Math.max(1, Math.floor(cores / processes)));
  return { TF_NUM_INTRAOP_THREADS: threads, TF_NUM_INTEROP_THREADS: threads, ...environment };
}

function inOwnProcess(worker: URL, environment: NodeJS.ProcessEnv): ExecuteStage {
  return (order, { signal, progress }) =>
    new Promise((resolve, reject) => {
      const child = fork(fileURLToPath(worker), { env: environment });
      let failure: Error | undefined;
      let done = false;
      const abort = (): void => {
        if (child.connected) child.send('abort');
      };
      signal.addEventListener('abort', abort);
      child.on('message', (report: WorkerReport) => {
        if (report.type === 'progress') progress(report.progress);
        else if (report.type === 'done') done = true;
        else {
          const { type: _, message, ...rest } = report;
          failure = Object.assign(new Error(message), rest);
        }
      });
      child.on('error', reject);
      child.on('exit', (code, killedBy) => {
        signal.removeEventListener('abort', abort);
        if (done) resolve();
        else reject(failure ?? new Error(unexpectedEnd(order.title, code, killedBy)));
      });
      child.send(order);
      if (signal.aborted) abort();
    });
}

function unexpectedEnd(title: string, code: number | null, killedBy: NodeJS.Signals | null): string {
  const how = killedBy === null ? `with exit code ${code}` : `by ${killedBy}`;
  const ended = `@ais/studies: the process that worked on "${title}" ended unexpectedly, ${how}.`;
  return killedBy === 'SIGKILL'
    ? `${ended} Systems do that when memory runs out: take fewer processes (--processes 1), or a smaller microBatchSize.`
    : ended;
}
