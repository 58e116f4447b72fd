import { interruptible } from '@ais/runtime/process';
import { openStore } from './open-store.js';
import { performStage } from './perform-stage.js';
import { loadStageRegistry } from './stage-registry.js';
import { reportError, type WorkerReport, type WorkerRequest } from './worker-messages.js';

const controller = new AbortController();

// Ctrl-C and the end of a terminal reach the whole process group; the parent decides when this process stops, through a
// message. What is printed after the terminal has gone is lost, and no more than that.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
process.on('SIGTERM', () => controller.abort());
process.on('disconnect', () => controller.abort());
process.on('message', (request: WorkerRequest) => {
  if (request.type === 'abort') controller.abort();
  else void perform(request);
});

async function perform({ order, store, module }: Extract<WorkerRequest, { type: 'perform' }>): Promise<void> {
  try {
    if (order.backend !== undefined) {
      const { useBackend } = await import('@ais/runtime');
      await useBackend(order.backend);
    }
    const registry = await loadStageRegistry(module);
    const opened = await openStore(store);
    const { signal } = controller;
    await interruptible(signal, () =>
      performStage(order, opened, registry, {
        signal,
        progress: (progress) => tell({ type: 'progress', progress }),
        log: (line) => tell({ type: 'log', line }),
      }),
    );
    tell({ type: 'done' });
  } catch (error) {
    tell({ type: 'failed', error: reportError(error) });
  }
  if (process.connected) process.disconnect();
}

function tell(report: WorkerReport): void {
  // A parent may have ended before this process hears of it. What is said then is lost, and no reason to fail: the stage is given back.
  if (process.connected) process.send?.(report, undefined, undefined, () => {});
}
