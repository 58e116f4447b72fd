import { useBackend } from '@ais/runtime';
import type { StageProgress } from './demo-context.js';
import type { DemoSettings, MethodName } from './demo-settings.js';
import { trainMethod } from './preference-stage.js';

/** What a process that trains one method is told when it starts. */
export interface MethodOrder {
  readonly directory: string;
  readonly settings: DemoSettings;
  readonly method: MethodName;
  readonly preferencesKey: string;
  readonly backend: string;
}

/** What it tells: its progress, and how it ended. */
export type MethodReport =
  | { readonly type: 'progress'; readonly progress: StageProgress }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly name: string; readonly message: string; readonly stack: string };

const controller = new AbortController();

// Ctrl-C reaches the whole process group; the parent decides when this process stops, through a message.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => controller.abort());
process.on('disconnect', () => controller.abort());
process.on('message', (message: MethodOrder | 'abort') => {
  if (message === 'abort') controller.abort();
  else void work(message);
});

async function work({ directory, settings, method, preferencesKey, backend }: MethodOrder): Promise<void> {
  try {
    await useBackend(backend);
    const progress = (report: StageProgress): void => tell({ type: 'progress', progress: report });
    await trainMethod({ directory, settings, signal: controller.signal, progress }, method, preferencesKey);
    tell({ type: 'done' });
  } catch (error) {
    const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    tell({ type: 'failed', name, message, stack });
  }
  process.disconnect();
}

function tell(report: MethodReport): void {
  process.send?.(report);
}
