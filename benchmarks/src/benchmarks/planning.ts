import { rm } from 'node:fs/promises';
import { BenchmarkError } from '../errors.js';
import { type ModelName, modelShapes, parameterCount } from '../inputs/model-shapes.js';
import { preferenceBatch } from '../inputs/preference-batch.js';
import { preferenceOperations } from '../inputs/preference-operations.js';
import { makeCheckpoint } from '../measurement/checkpoint.js';
import { type BenchmarkContext, type ResultHeader, resultHeader } from '../measurement/context.js';
import { fitLine } from '../measurement/line-fit.js';
import { spread } from '../measurement/spread.js';
import { measureStepsAlone } from '../measurement/steps-alone.js';
import { withTemporaryFolder } from '../measurement/temporary-folder.js';
import type { SideFacts } from '../sides/side.js';

/** A back end, and the models whose steps are measured on it; those of larger ones are computed from these. */
export interface PlanningPlatform {
  readonly backend: string;
  /** On WASM. */
  readonly threads?: number;
  readonly measured: readonly ModelName[];
}

export interface PlanningBenchmarkSettings {
  readonly platforms: readonly PlanningPlatform[];
  /** The rows of the table, the smallest first. */
  readonly models: readonly ModelName[];
  /** The rank of LoRA's adapters. */
  readonly lora: number;
  readonly pairs: number;
  readonly promptTokens: number;
  readonly responseTokens: number;
  readonly seed: number;
  /** The most steps after a warm-up, and the number of seconds after which no further step begins. */
  readonly repetitions: number;
  readonly mostSeconds: number;
}

/** A step of a model on a back end. */
export interface PlannedStep {
  readonly model: ModelName;
  readonly parameters: number;
  readonly lora: boolean;
  readonly backend: string;
  readonly threads?: number;
  /** In matrix products, as the step needs them. */
  readonly operations: number;
  /** Whether it was measured, computed from the measured ones, or could not be taken. */
  readonly how: 'measured' | 'computed' | 'failed';
  /** Median of the measured ones; NaN where it failed. */
  readonly seconds: number;
  readonly peakMemoryBytes: number;
}

export interface PlanningResult extends ResultHeader {
  readonly settings: PlanningBenchmarkSettings;
  readonly steps: readonly PlannedStep[];
}

/** What `--json` prints: seconds of a step, by back end, model, and what is trained. */
export type PlanningSummary = Readonly<Record<string, number>>;

/** What a preference step costs: each model on each back end, the whole model and adapters alone. */
export async function measurePlanning(
  settings: PlanningBenchmarkSettings,
  context: BenchmarkContext,
): Promise<PlanningResult> {
  const { platforms, models, seed } = settings;
  const facts: SideFacts[] = [];
  const measured: PlannedStep[] = [];
  await withTemporaryFolder(async (folder) => {
    for (const model of models) {
      const on = platforms.filter((platform) => platform.measured.includes(model));
      if (on.length === 0) continue;
      const checkpoint = await makeCheckpoint(context, { model, seed, folder });
      for (const platform of on) {
        for (const lora of [false, true]) {
          const { step, facts: found } = await measureStep(settings, { model, lora, platform }, context, {
            checkpoint,
            folder,
          });
          if (found) facts.push(found);
          measured.push(step);
        }
      }
      // The largest take some gigabytes on the disk.
      await rm(checkpoint, { recursive: true });
    }
  });
  const steps = models.flatMap((model) =>
    [false, true].flatMap((lora) =>
      platforms.map((platform) => {
        const planned = plannedStep(settings, { model, lora, platform });
        const own = measured.filter((step) => isOn(step, platform) && step.lora === lora);
        return own.find((step) => step.model === model) ?? computedStep(planned, own);
      }),
    ),
  );
  return { ...resultHeader(facts, context.threads), settings, steps };
}

interface Case {
  readonly model: ModelName;
  readonly lora: boolean;
  readonly platform: PlanningPlatform;
}

async function measureStep(
  settings: PlanningBenchmarkSettings,
  each: Case,
  context: BenchmarkContext,
  places: { readonly checkpoint: string; readonly folder: string },
): Promise<{ readonly step: PlannedStep; readonly facts?: SideFacts }> {
  const planned = plannedStep(settings, each);
  const { model, lora, platform } = each;
  const name = `${model}, ${lora ? `LoRA of rank ${settings.lora}` : 'all parameters'}, ${describePlatform(platform)}`;
  try {
    const { facts, warmUp, steps } = await measureStepsAlone(
      {
        ...settings,
        ...platform,
        model,
        microBatchSize: settings.pairs,
        ...(lora ? { lora: settings.lora } : { lora: undefined }),
      },
      context,
      places,
    );
    const seconds = spread(steps.map((step) => step.seconds)).median;
    context.onProgress(`${name}: ${seconds.toFixed(2)} s`);
    const peakMemoryBytes = Math.max(...[warmUp, ...steps].map((step) => step.peakMemoryBytes));
    return { step: { ...planned, how: 'measured', seconds, peakMemoryBytes }, facts };
  } catch (error) {
    // A model that does not fit leaves the others to be measured.
    if (!(error instanceof BenchmarkError)) throw error;
    context.onProgress(`${name}: ${error.message}`);
    return { step: { ...planned, how: 'failed', seconds: Number.NaN, peakMemoryBytes: Number.NaN } };
  }
}

type Planned = Omit<PlannedStep, 'how' | 'seconds' | 'peakMemoryBytes'>;

function plannedStep(settings: PlanningBenchmarkSettings, { model, lora, platform }: Case): Planned {
  const shape = modelShapes[model];
  const batch = preferenceBatch({ ...settings, vocabularySize: shape.configuration.vocabularySize });
  const { backend, threads } = platform;
  return {
    model,
    lora,
    backend,
    ...(threads !== undefined && { threads }),
    parameters: parameterCount(shape),
    operations: preferenceOperations(shape, batch, { frozen: lora }),
  };
}

/**
 * Seconds at the rate of the largest model that was measured, since rates rise little beyond it; memory by a line through the measured
 * ones, in the parameters.
 */
function computedStep(planned: Planned, measured: readonly PlannedStep[]): PlannedStep {
  const sound = measured.filter(({ how }) => how === 'measured');
  const largest = sound.toSorted((a, b) => a.operations - b.operations).at(-1);
  if (!largest) return { ...planned, how: 'failed', seconds: Number.NaN, peakMemoryBytes: Number.NaN };
  const parameters = sound.map((step) => step.parameters);
  const { slope } = fitLine(
    parameters,
    sound.map((step) => step.peakMemoryBytes),
  );
  return {
    ...planned,
    how: 'computed',
    seconds: (planned.operations * largest.seconds) / largest.operations,
    peakMemoryBytes: largest.peakMemoryBytes + slope * (planned.parameters - largest.parameters),
  };
}

function isOn(
  step: Pick<PlannedStep, 'backend' | 'threads'>,
  { backend, threads }: PlanningPlatform,
): boolean {
  return step.backend === backend && step.threads === threads;
}

export function describePlatform({
  backend,
  threads,
}: Pick<PlanningPlatform, 'backend' | 'threads'>): string {
  if (threads === undefined) return `\`${backend}\``;
  return `\`${backend}\`, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
}

export function summarizePlanning({ steps }: PlanningResult): PlanningSummary {
  return Object.fromEntries(
    steps
      .filter(({ how }) => how === 'measured')
      .map((step) => [
        [step.backend, step.threads, step.model, step.lora ? 'lora' : 'full']
          .filter((part) => part !== undefined)
          .join(' '),
        step.seconds,
      ]),
  );
}
