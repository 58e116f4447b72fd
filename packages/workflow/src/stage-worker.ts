import { directoryStore } from './directory-store.js';
import { performStage } from './perform-stage.js';
import { loadStageRegistry } from './stage-registry.js';
import { reportError, type WorkerReport, type WorkerRequest } from './worker-messages.js';

const controller = new AbortController();

// Ctrl-C reaches the whole process group; the parent decides when this process stops, through a message.
process.on('SIGINT', () => {});
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
    await performStage(order, directoryStore(store.root, { discard: store.discard }), registry, {
      signal: controller.signal,
      progress: (progress) => tell({ type: 'progress', progress }),
    });
    tell({ type: 'done' });
  } catch (error) {
    tell({ type: 'failed', error: reportError(error) });
  }
  if (process.connected) process.disconnect();
}

function tell(report: WorkerReport): void {
  if (process.connected) process.send?.(report);
}
