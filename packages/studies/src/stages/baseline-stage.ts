import { evaluationsAlong, readEvaluations } from '@ais/pipeline';
import type { StageContext } from '@ais/workflow';
import type { StudyEvaluationSettings } from '../settings/study-settings.js';
import { type EvaluatorFolders, openEvaluator } from './evaluator.js';

export interface BaselineStageSettings {
  readonly evaluation: Pick<
    StudyEvaluationSettings,
    'klPrompts' | 'temperature' | 'klTemperature' | 'otherTemperature'
  >;
  readonly maxNewTokens: number;
  /** Sequences in memory at once. */
  readonly microBatchSize: number;
  readonly seed: number;
}

export interface BaselineSummary {
  readonly winRate: number;
}

/** Evaluates the policy that all runs of a seed start from, once for all of them. */
export async function measureBaseline(
  settings: BaselineStageSettings,
  inputs: EvaluatorFolders,
  { directory, title, signal, progress, hints }: StageContext,
): Promise<BaselineSummary> {
  const evaluation = { ...settings.evaluation, points: 1 };
  const { reference, evaluations, dispose } = await openEvaluator(inputs, { ...settings, evaluation }, hints);
  try {
    const { onEvaluate } = evaluationsAlong(
      reference,
      { ...evaluations, steps: 1, directory },
      { title, onProgress: progress },
    );
    await onEvaluate({ step: 0, steps: 1, epoch: 0, signal });
    const [start] = await readEvaluations(directory);
    return { winRate: start?.winRate?.rate ?? Number.NaN };
  } finally {
    dispose();
  }
}
