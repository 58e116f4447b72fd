import { type DirectoryStore, type Executor, localExecutor } from '@ais/workflow';
import { stages } from './stages.js';

/** Runs the stages of studies on this machine; see `localExecutor`. */
export function stageExecutor(store: DirectoryStore, processes: number): Executor {
  const module = new URL('./stages.js', import.meta.url).href;
  return localExecutor({ store, registry: stages, module, processes });
}
