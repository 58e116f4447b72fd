import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DemoContext } from './demo-context.js';
import type { MethodName } from './demo-settings.js';
import type { MethodOrder, MethodReport } from './method-worker.js';

/**
 * Trains several methods at once, each in a process of its own: TensorFlow.js on WASM uses one core in Node.
 *
 * The numbers are those of training them one after another. When one fails the others are stopped at a point
 * from which they can go on, and the failure is thrown.
 */
export async function trainSideBySide(
  context: DemoContext,
  names: readonly MethodName[],
  preferencesKey: string,
  backend: string,
): Promise<void> {
  const stop = new AbortController();
  const stopAll = (): void => stop.abort();
  context.signal.addEventListener('abort', stopAll);
  if (context.signal.aborted) stopAll();
  try {
    const order = { directory: context.directory, settings: context.settings, preferencesKey, backend };
    const outcomes = await Promise.allSettled(
      names.map((method) =>
        trainInProcess({ ...order, method }, context, stop.signal).catch((error: unknown) => {
          stopAll();
          throw error;
        }),
      ),
    );
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    // The failure that stopped the others says more than their interruptions.
    const first = failures.find((error) => error.name !== 'TrainingInterrupted') ?? failures[0];
    if (first) throw first;
  } finally {
    context.signal.removeEventListener('abort', stopAll);
  }
}

function trainInProcess(order: MethodOrder, context: DemoContext, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./method-worker.js', import.meta.url)));
    let failure: Error = new Error(
      `@ais/studies: the process that trained ${order.method} ended unexpectedly.`,
    );
    let done = false;
    const abort = (): void => {
      if (child.connected) child.send('abort');
    };
    signal.addEventListener('abort', abort);
    child.on('message', (report: MethodReport) => {
      if (report.type === 'progress') context.progress(report.progress);
      else if (report.type === 'done') done = true;
      else failure = Object.assign(new Error(report.message), { name: report.name, stack: report.stack });
    });
    child.on('error', reject);
    child.on('exit', () => {
      signal.removeEventListener('abort', abort);
      if (done) resolve();
      else reject(failure);
    });
    child.send(order);
    if (signal.aborted) abort();
  });
}
