import { readFile } from 'node:fs/promises';
import { loadPretrained } from '@ais/language-model';
import { useBackend } from '@ais/runtime';
import { peakMemoryBytes } from './peak-memory.js';
import type { BackendFacts } from './preference-side.js';
import type { Side } from './side.js';

export interface GenerationSettings {
  readonly backend: string;
  readonly checkpoint: string;
  /** A JSON file with the prompts. */
  readonly prompts: string;
  readonly newTokens: number;
}

export interface GenerationAnswer {
  readonly greedySeconds: number;
  /** At temperature 1. */
  readonly sampledSeconds: number;
  readonly peakMemoryBytes: number;
  /** The greedy tokens, one row per prompt. */
  readonly greedyTokens: readonly (readonly number[])[];
}

/** Greedy and sampled responses of a fixed length to all prompts. */
export async function openGenerationSide(
  settings: GenerationSettings,
): Promise<Side<BackendFacts, GenerationAnswer>> {
  const { backend, versions } = await useBackend(settings.backend);
  const prompts = JSON.parse(await readFile(settings.prompts, 'utf8')) as number[][];
  const model = await loadPretrained(settings.checkpoint);
  let seed = 0;

  const respond = async (temperature: number): Promise<{ seconds: number; rows: number[][] }> => {
    const started = performance.now();
    const responses = await model.generate(prompts, {
      maxNewTokens: settings.newTokens,
      temperature,
      seed: seed++,
      // Random weights repeat themselves more than text does.
      lookahead: false,
      // No token: every response gets its full length, on the other side too.
      stopToken: model.configuration.vocabularySize,
    });
    return { seconds: (performance.now() - started) / 1000, rows: responses.map(({ tokens }) => tokens) };
  };

  return {
    facts: { backend, versions },
    async measure() {
      const greedy = await respond(0);
      const sampled = await respond(1);
      return {
        greedySeconds: greedy.seconds,
        sampledSeconds: sampled.seconds,
        peakMemoryBytes: peakMemoryBytes(),
        greedyTokens: greedy.rows,
      };
    },
    async close() {
      model.dispose();
    },
  };
}
