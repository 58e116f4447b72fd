import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MomentPrecision } from '@ais/trainer';
import { type ModelName, modelShapes } from '../inputs/model-shapes.js';
import { countTokens, preferenceBatch } from '../inputs/preference-batch.js';
import { preferenceOperations } from '../inputs/preference-operations.js';
import type { BackendFacts, StepAnswer } from '../sides/preference-side.js';
import type { BenchmarkContext } from './context.js';
import { withSides } from './with-sides.js';

export interface StepsAloneSettings {
  readonly backend: string;
  readonly model: ModelName;
  readonly pairs: number;
  readonly microBatchSize: number;
  readonly promptTokens: number;
  readonly responseTokens: number;
  readonly seed: number;
  readonly repetitions: number;
  /** The number of seconds after which no further step begins; one is always taken. */
  readonly mostSeconds?: number;
  /** The rank of LoRA adapters to train instead of the model. */
  readonly lora?: number | undefined;
  /** Threads on WASM; as many as every side may use by default. */
  readonly threads?: number | undefined;
  /** How AdamW's moments are kept; as float32 by default. */
  readonly moments?: MomentPrecision | undefined;
}

export interface StepsAlone {
  readonly facts: BackendFacts;
  /** Of the batch, each prompt once. */
  readonly tokens: number;
  /** That a step needs, see `preferenceOperations`. */
  readonly operations: number;
  readonly warmUp: StepAnswer;
  readonly steps: readonly StepAnswer[];
}

/** Our preference steps alone, on one batch, in a process of their own. */
export async function measureStepsAlone(
  settings: StepsAloneSettings,
  context: BenchmarkContext,
  { checkpoint, folder }: { readonly checkpoint: string; readonly folder: string },
): Promise<StepsAlone> {
  const shape = modelShapes[settings.model];
  const batch = preferenceBatch({ ...settings, vocabularySize: shape.configuration.vocabularySize });
  const pairs = join(folder, 'pairs.json');
  await writeFile(pairs, JSON.stringify(batch));
  const {
    backend,
    microBatchSize,
    lora,
    threads,
    moments,
    mostSeconds = Number.POSITIVE_INFINITY,
  } = settings;
  const program = {
    side: 'preference',
    settings: { backend, microBatchSize, checkpoint, pairs, lora, threads, moments },
  } as const;
  const quiet = { ...context, onProgress: () => {} };
  return withSides<BackendFacts, StepAnswer, StepsAlone>(
    quiet,
    new Map([['ours', program]]),
    async (sides) => {
      const [side] = sides.values();
      if (!side) throw new Error('The side did not start.');
      const warmUp = await side.measure();
      const steps: StepAnswer[] = [];
      const started = performance.now();
      const hasTime = (): boolean => performance.now() - started < 1000 * mostSeconds;
      while (steps.length < settings.repetitions && (steps.length === 0 || hasTime())) {
        steps.push(await side.measure());
      }
      return {
        facts: side.facts,
        tokens: countTokens(batch),
        operations: preferenceOperations(shape, batch, { frozen: lora !== undefined }),
        warmUp,
        steps,
      };
    },
  );
}
