import { loadPretrained } from '@ais/language-model';
import { memoryReport, useBackend } from '@ais/runtime';
import { peakMemoryBytes } from './peak-memory.js';
import type { BackendFacts } from './preference-side.js';
import type { Side } from './side.js';

export interface LoadingSettings {
  readonly backend: string;
  /** A folder in Hugging Face's layout. */
  readonly checkpoint: string;
}

export interface LoadingAnswer {
  readonly seconds: number;
  /** The most that was resident while it loaded, beyond what was before. */
  readonly addedBytes: number;
}

/** Loads a checkpoint: once in a process, as the most memory that it ever had is asked for. */
export async function openLoadingSide(settings: LoadingSettings): Promise<Side<BackendFacts, LoadingAnswer>> {
  const { backend, versions } = await useBackend(settings.backend);
  return {
    facts: { backend, versions },
    async measure() {
      const before = memoryReport().residentBytes ?? Number.NaN;
      const start = performance.now();
      const model = await loadPretrained(settings.checkpoint);
      const seconds = (performance.now() - start) / 1000;
      const addedBytes = peakMemoryBytes() - before;
      model.dispose();
      return { seconds, addedBytes };
    },
    close: async () => {},
  };
}
