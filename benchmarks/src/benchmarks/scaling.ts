import type { ModelName } from '../inputs/model-shapes.js';
import { makeCheckpoint } from '../measurement/checkpoint.js';
import { type BenchmarkContext, type ResultHeader, resultHeader } from '../measurement/context.js';
import { fitLine } from '../measurement/line-fit.js';
import { type Spread, spread } from '../measurement/spread.js';
import { measureStepsAlone, type StepsAloneSettings } from '../measurement/steps-alone.js';
import { withTemporaryFolder } from '../measurement/temporary-folder.js';

/** The point from which one quantity at a time moves away. */
export interface ScalingBenchmarkSettings extends StepsAloneSettings {
  /** Where it moves to. */
  readonly manyPairs: readonly number[];
  readonly manyPromptTokens: readonly number[];
  readonly manyModels: readonly ModelName[];
  /** A model to be measured on the back end that needs nothing else, too. */
  readonly portable: { readonly backend: string; readonly model: ModelName };
}

export interface ScalingPoint {
  readonly backend: string;
  readonly model: ModelName;
  readonly pairs: number;
  readonly promptTokens: number;
  readonly tokens: number;
  readonly operations: number;
  readonly stepSeconds: Spread;
  readonly tokensPerSecond: number;
  readonly peakMemoryBytes: number;
}

export interface ScalingResult extends ResultHeader {
  readonly settings: ScalingBenchmarkSettings;
  /** Each series in its order, the common point among them. */
  readonly byPairs: readonly ScalingPoint[];
  readonly byPrompt: readonly ScalingPoint[];
  readonly byModel: readonly ScalingPoint[];
  readonly portable: ScalingPoint;
  /** Exponents p of step time ∝ quantityᵖ, by least squares on logs; 1 is linear, less is better than linear. */
  readonly exponents: { readonly pairs: number; readonly tokens: number; readonly operations: number };
}

/** What `--json` prints. */
export type ScalingSummary = ScalingResult['exponents'];

/** How a preference step's time grows with pairs, prompt length and model size. */
export async function measureScaling(
  settings: ScalingBenchmarkSettings,
  context: BenchmarkContext,
): Promise<ScalingResult> {
  const { backend, model, pairs, promptTokens, responseTokens, microBatchSize, seed, repetitions } = settings;
  const base = { backend, model, pairs, promptTokens, responseTokens, microBatchSize, seed, repetitions };
  const versions: Record<string, string>[] = [];
  return withTemporaryFolder(async (folder) => {
    const checkpoints = new Map<ModelName, string>();
    const measured = new Map<string, ScalingPoint>();
    const point = async (change: Partial<StepsAloneSettings>): Promise<ScalingPoint> => {
      const own = { ...base, ...change };
      const key = JSON.stringify(own);
      const known = measured.get(key);
      if (known) return known;
      const checkpoint =
        checkpoints.get(own.model) ?? (await makeCheckpoint(context, { model: own.model, seed, folder }));
      checkpoints.set(own.model, checkpoint);
      const { facts, tokens, operations, steps } = await measureStepsAlone(own, context, {
        checkpoint,
        folder,
      });
      versions.push({ ...facts.versions });
      const stepSeconds = spread(steps.map(({ seconds }) => seconds));
      const result = {
        backend: facts.backend,
        model: own.model,
        pairs: own.pairs,
        promptTokens: own.promptTokens,
        tokens,
        operations,
        stepSeconds,
        tokensPerSecond: tokens / stepSeconds.median,
        peakMemoryBytes: Math.max(...steps.map(({ peakMemoryBytes }) => peakMemoryBytes)),
      };
      context.onProgress(
        `${own.model} on ${facts.backend}, ${own.pairs} pairs, prompts of ${own.promptTokens}: ${stepSeconds.median.toFixed(2)} s`,
      );
      measured.set(key, result);
      return result;
    };
    const series = async (changes: readonly Partial<StepsAloneSettings>[]): Promise<ScalingPoint[]> => {
      const points: ScalingPoint[] = [];
      for (const change of changes) points.push(await point(change));
      return points;
    };
    const byPairs = await series(settings.manyPairs.map((pairs) => ({ pairs })));
    const byPrompt = await series(settings.manyPromptTokens.map((promptTokens) => ({ promptTokens })));
    const byModel = await series(settings.manyModels.map((model) => ({ model })));
    const portable = await point(settings.portable);
    return {
      ...resultHeader(
        versions.map((each) => ({ versions: each })),
        context.threads,
      ),
      settings,
      byPairs,
      byPrompt,
      byModel,
      portable,
      exponents: {
        pairs: exponent(byPairs, ({ pairs }) => pairs),
        tokens: exponent(byPrompt, ({ tokens }) => tokens),
        operations: exponent(byModel, ({ operations }) => operations),
      },
    };
  });
}

/** The slope of log(seconds) over log(quantity). */
function exponent(points: readonly ScalingPoint[], quantity: (point: ScalingPoint) => number): number {
  const x = points.map((point) => Math.log(quantity(point)));
  const y = points.map(({ stepSeconds }) => Math.log(stepSeconds.median));
  return fitLine(x, y).slope;
}
