import type { PulledModel, PullOptions } from '@ais/pipeline';
import { downloadProgress } from './progress.js';
import { onTerminal } from './terminal.js';

/** Brings a model to this machine, with progress; Ctrl-C stops it. */
export async function pullOnTerminal(
  name: string,
  options: Pick<PullOptions, 'indexUrl' | 'wheel'> = {},
): Promise<PulledModel> {
  const { pullModel } = await import('@ais/pipeline');
  return onTerminal(({ reporter, signal }) =>
    pullModel(name, { ...options, signal, onProgress: downloadProgress(reporter) }),
  );
}
