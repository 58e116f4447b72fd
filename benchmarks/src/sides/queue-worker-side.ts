import { directoryStore } from '@ais/workflow';
import { runQueueWorker } from '@ais/workflow/bullmq';
import { QUEUE_STAGES } from '../places.js';
import { peakMemoryBytes } from './peak-memory.js';
import type { Side, SideFacts } from './side.js';

export interface QueueWorkerSettings {
  readonly url: string;
  readonly queue: string;
  /** The store's folder. */
  readonly store: string;
  /** Jobs at work at once. */
  readonly processes: number;
}

/** A worker, which begins with the first measurement and works until it is closed. */
export async function openQueueWorkerSide({
  url,
  queue,
  store: root,
  processes,
}: QueueWorkerSettings): Promise<Side<SideFacts, { readonly peakMemoryBytes: number }>> {
  const controller = new AbortController();
  let over: Promise<void> | undefined;
  return {
    facts: { versions: { node: process.versions.node } },
    async measure() {
      over ??= runQueueWorker({
        url,
        queue,
        store: directoryStore(root),
        module: QUEUE_STAGES,
        processes,
        signal: controller.signal,
      });
      return { peakMemoryBytes: peakMemoryBytes() };
    },
    async close() {
      controller.abort();
      await over;
    },
  };
}
