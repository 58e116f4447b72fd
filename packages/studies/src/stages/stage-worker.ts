import { useBackend } from '@ais/runtime';
import { runStage, type StageOrder } from './run-stage.js';
import type { StageProgress } from './stage-context.js';

/** What a process that does one stage tells: its progress, and how it ended. */
export type WorkerReport =
  | { readonly type: 'progress'; readonly progress: StageProgress }
  | { readonly type: 'done' }
  | {
      readonly type: 'failed';
      readonly name: string;
      readonly message: string;
      readonly stack: string;
      readonly code?: unknown;
    };

const controller = new AbortController();

// Ctrl-C reaches the whole process group; the parent decides when this process stops, through a message.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => controller.abort());
process.on('disconnect', () => controller.abort());
process.on('message', (message: StageOrder | 'abort') => {
  if (message === 'abort') controller.abort();
  else void work(message);
});

async function work(order: StageOrder): Promise<void> {
  try {
    if (order.backend !== undefined) await useBackend(order.backend);
    const progress = (report: StageProgress): void => tell({ type: 'progress', progress: report });
    await runStage(order, { signal: controller.signal, progress });
    tell({ type: 'done' });
  } catch (error) {
    const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    const code = error instanceof Error && 'code' in error ? { code: error.code } : {};
    tell({ type: 'failed', name, message, stack, ...code });
  }
  if (process.connected) process.disconnect();
}

function tell(report: WorkerReport): void {
  if (process.connected) process.send?.(report);
}
