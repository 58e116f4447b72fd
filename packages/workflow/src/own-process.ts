import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { WorkflowError } from './errors.js';
import type { ExecutionContext } from './perform-stage.js';
import type { StageOrder } from './stage-order.js';
import type { StoreAddress } from './stage-store.js';
import { restoreError, type WorkerReport, type WorkerRequest } from './worker-messages.js';

/** What a process needs to run a stage. */
export interface WorkerOptions {
  readonly store: StoreAddress;
  /** The module that exports the kinds of stages as `stages`. */
  readonly module: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Runs a stage in a process of its own, which ends with it, and before that when this process ends. */
export function performInProcess(
  order: StageOrder,
  { store, module, environment }: WorkerOptions,
  { signal, progress, log }: ExecutionContext,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./stage-worker.js', import.meta.url)), { env: environment });
    let failure: Error | undefined;
    let done = false;
    const tell = (request: WorkerRequest): void => {
      // Of a child that has just ended, its end says more than that it cannot be told anything.
      if (child.connected) child.send(request, () => {});
    };
    const abort = (): void => tell({ type: 'abort' });
    signal.addEventListener('abort', abort);
    child.on('message', (report: WorkerReport) => {
      if (report.type === 'progress') progress(report.progress);
      else if (report.type === 'log') log(report.line);
      else if (report.type === 'done') done = true;
      else failure = restoreError(report.error);
    });
    child.on('error', reject);
    child.on('exit', (code, killedBy) => {
      signal.removeEventListener('abort', abort);
      if (done) resolve();
      else reject(failure ?? unexpectedEnd(order.title, code, killedBy));
    });
    tell({ type: 'perform', order, store, module });
    if (signal.aborted) abort();
  });
}

function unexpectedEnd(title: string, code: number | null, killedBy: NodeJS.Signals | null): WorkflowError {
  const how = killedBy === null ? `with exit code ${code}` : `by ${killedBy}`;
  const remedy =
    killedBy === 'SIGKILL'
      ? ' Systems do that when memory runs out: use fewer processes (--processes 1), or settings that need less memory, ' +
        'such as a smaller microBatchSize.'
      : '';
  return new WorkflowError(
    'stage-failed',
    `the process that worked on "${title}" ended unexpectedly, ${how}.${remedy}`,
  );
}
