import type { PulledModel, PullOptions } from '@ais/pipeline';
import { onTerminal } from './terminal.js';

/** Brings a model to this machine, with progress; Ctrl-C stops it. */
export async function pullOnTerminal(
  name: string,
  options: Pick<PullOptions, 'indexUrl' | 'wheel'> = {},
): Promise<PulledModel> {
  const { pullModel } = await import('@ais/pipeline');
  let pulled: PulledModel | undefined;
  await onTerminal(async ({ reporter, signal }) => {
    let task = '';
    pulled = await pullModel(name, {
      ...options,
      signal,
      onProgress: (progress) => {
        if (progress.total !== undefined) {
          const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
          const [completed, total] = [megabytes(progress.completed ?? 0), megabytes(progress.total)];
          reporter.report({ task: progress.task, completed, total, detail: 'MB' });
        } else if (progress.task !== task) reporter.line(progress.task);
        task = progress.task;
      },
    });
  });
  return pulled as PulledModel;
}
