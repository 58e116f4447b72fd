import { rm } from 'node:fs/promises';
import type { MomentPrecision } from '@ais/trainer';
import { type ModelName, modelShapes, parameterCount } from '../inputs/model-shapes.js';
import { makeCheckpoint } from '../measurement/checkpoint.js';
import { type BenchmarkContext, type ResultHeader, resultHeader } from '../measurement/context.js';
import { measureStepsAlone } from '../measurement/steps-alone.js';
import { withTemporaryFolder } from '../measurement/temporary-folder.js';

export interface ShapesBenchmarkSettings {
  readonly backend: string;
  readonly models: readonly ModelName[];
  readonly moments: readonly MomentPrecision[];
  readonly pairs: number;
  readonly promptTokens: number;
  readonly responseTokens: number;
  readonly seed: number;
}

export interface ShapeStep {
  readonly model: ModelName;
  readonly backend: string;
  readonly moments: MomentPrecision;
  readonly parameters: number;
  readonly tokens: number;
  /** Of the first step, which makes the optimizer's state, and of the one after it. */
  readonly seconds: { readonly first: number; readonly second: number };
  readonly peakMemoryBytes: number;
}

export interface ShapesResult extends ResultHeader {
  readonly settings: ShapesBenchmarkSettings;
  readonly steps: readonly ShapeStep[];
}

/** What `--json` prints, by model and moments. */
export type ShapesSummary = Readonly<Record<string, Pick<ShapeStep, 'parameters' | 'peakMemoryBytes'>>>;

/** Two preference steps of each of Pythia's models, as large as memory allows, with AdamW's moments in each precision. */
export async function measureShapes(
  settings: ShapesBenchmarkSettings,
  context: BenchmarkContext,
): Promise<ShapesResult> {
  const { models, seed } = settings;
  return withTemporaryFolder(async (folder) => {
    const steps: ShapeStep[] = [];
    const facts = [];
    for (const model of models) {
      const checkpoint = await makeCheckpoint(context, { model, seed, folder });
      for (const moments of settings.moments) {
        const measured = await measureStepsAlone(
          { ...settings, model, moments, microBatchSize: settings.pairs, repetitions: 1 },
          context,
          { checkpoint, folder },
        );
        facts.push(measured.facts);
        const all = [measured.warmUp, ...measured.steps];
        const [first, second] = all.map(({ seconds }) => seconds);
        const step = {
          model,
          backend: measured.facts.backend,
          moments,
          parameters: parameterCount(modelShapes[model]),
          tokens: measured.tokens,
          seconds: { first: first ?? Number.NaN, second: second ?? Number.NaN },
          peakMemoryBytes: Math.max(...all.map(({ peakMemoryBytes }) => peakMemoryBytes)),
        };
        context.onProgress(`${model}, ${moments}: ${step.seconds.second.toFixed(2)} s per step.`);
        steps.push(step);
      }
      // The largest take some gigabytes on the disk.
      await rm(checkpoint, { recursive: true });
    }
    return { ...resultHeader(facts, context.threads), settings, steps };
  });
}

export function summarizeShapes({ steps }: ShapesResult): ShapesSummary {
  return Object.fromEntries(
    steps.map(({ model, moments, parameters, peakMemoryBytes }) => [
      `${model} ${moments}`,
      { parameters, peakMemoryBytes },
    ]),
  );
}
