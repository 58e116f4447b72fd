import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CheckpointSelection,
  constantSchedule,
  cosineSchedule,
  linearSchedule,
  type Schedule,
  type TrainingOptions,
  tensorBoard,
} from '@ais/trainer';
import { trainingSteps } from '@ais/trainer/loop';
import type { JsonObject } from '@ais/trainer/runs';
import { closestMatch } from 'leven';
import type { RunContext } from '../context.js';
import { PipelineError } from '../errors.js';
import { type ApiSettings, withoutPractice } from '../settings/judge-settings.js';
import { requireCount } from '../settings/require-count.js';
import type { SelectionSettings, TrainingSettings } from '../settings/training-settings.js';

/** What evaluations are compared by unless settings say otherwise. */
const usualMetrics = { sft: 'eval_loss', reward: 'eval_accuracy', train: 'eval_win_rate' } as const;

/** What decides a training, beside the model and the data. */
export interface Run {
  readonly seed: number;
  readonly training: TrainingSettings;
  readonly selection?: SelectionSettings | undefined;
  /** Saved into every checkpoint: tokenizer and template. */
  readonly text?: { save(directory: string): Promise<void> };
  /** Written into config.json, and compared on resume. */
  readonly configuration?: JsonObject;
  /** Written there as well, and free to change on resume. */
  readonly notes?: JsonObject;
}

/**
 * Settings as options of the trainer.
 *
 * @param kind of training, for the metric that selects checkpoints
 * @param parameters names of the model's parameters
 * @throws {PipelineError} `invalid-setting` for a pattern of `freeze` that matches no parameter
 * @example
 * const { seed, training } = await readSettings('sft', { flags: { preset: 'tiny' } });
 * const { batchSize, learningRate } = trainingOptions('sft', { seed, training }, [], runContext('runs/sft'));
 * console.log(batchSize, learningRate); // 32 0.006
 */
export function trainingOptions(
  kind: keyof typeof usualMetrics,
  { seed, training, selection, text, configuration, notes }: Run,
  parameters: Iterable<string>,
  { directory, resume, commandLine, title, signal, group, onProgress, onWarning }: RunContext,
): TrainingOptions {
  const { steps, epochs, warmupSteps, warmupFraction, maxGradientNorm, checkpointEvery } = training;
  const { freeze, skipNonFinite, lora, batchSize, microBatchSize, learningRate, keepCheckpoints } = training;
  // A run that continues keeps the command that began it.
  const continues = resume && existsSync(join(directory, 'config.json'));
  return {
    directory,
    resume,
    seed,
    ...(steps === undefined ? { epochs: epochs ?? 1 } : { steps }),
    batchSize,
    microBatchSize: Math.min(microBatchSize, batchSize),
    ...(training.iterations !== undefined && { iterations: training.iterations }),
    learningRate,
    schedule: scheduleOf(training),
    ...(warmupSteps !== undefined && { warmupSteps }),
    ...(warmupFraction !== undefined && { warmupFraction }),
    adamw: {
      beta1: training.adamBeta1,
      beta2: training.adamBeta2,
      epsilon: training.adamEpsilon,
      weightDecay: training.weightDecay,
      ...(training.adamMoments && { moments: training.adamMoments }),
      ...(training.decayExcept && { decayExcept: training.decayExcept }),
    },
    ...(maxGradientNorm !== undefined && { maxGradientNorm }),
    ...(checkpointEvery !== undefined && { checkpointEvery }),
    keepCheckpoints,
    ...(freeze && { freeze: frozen(freeze, namesOf(parameters, lora !== undefined)) }),
    ...(lora && { lora: { rank: lora.rank, ...(lora.alpha !== undefined && { alpha: lora.alpha }) } }),
    ...(skipNonFinite !== undefined && { nonFinite: { skip: skipNonFinite } }),
    ...(selection && { selection: selectionOf(selection, usualMetrics[kind]) }),
    ...(training.tensorBoard && { callbacks: [tensorBoard()] }),
    ...(text && { tokenizer: text }),
    ...(configuration && { configuration }),
    ...((notes || commandLine !== undefined) && {
      notes: { ...notes, ...(commandLine !== undefined && !continues && { commandLine }) },
    }),
    signal,
    ...(group && { group }),
    onWarning,
    onProgress: (progress) =>
      onProgress({
        task: title,
        completed: progress.step,
        total: progress.steps,
        detail: liveFigures({ ...progress.evaluation, ...progress.metrics }),
      }),
  };
}

/** Says so where the only update of a run is the first one of a warm-up, whose learning rate is 0. */
export function warnOfIdleRun(
  training: TrainingSettings,
  exampleCount: number,
  { onWarning }: Pick<RunContext, 'onWarning'>,
): void {
  const { warmupSteps = 0, warmupFraction = 0 } = training;
  if (warmupSteps + warmupFraction === 0 || runSteps(training, exampleCount) > 1) return;
  onWarning(
    'The only update of this run has a learning rate of 0, with which a warm-up begins: nothing is learned. Set --warmup-steps 0, or take more steps.',
  );
}

/** Settings as config.json keeps them: without what may change between a start and a resume. */
export function recordedSettings(settings: {
  readonly training: TrainingSettings;
  readonly api?: ApiSettings;
}): JsonObject {
  const { decisive } = withoutPractice(settings);
  const plain = JSON.parse(JSON.stringify(decisive)) as JsonObject & { training: JsonObject };
  const { checkpointEvery: _every, keepCheckpoints: _keep, ...training } = plain.training;
  return { ...plain, training };
}

function selectionOf(
  { metric: asked, mode, klBudget, patience }: SelectionSettings,
  usual: string,
): CheckpointSelection {
  const metric = asked ?? usual;
  return {
    metric,
    // As in transformers.
    mode: mode ?? (metric.endsWith('loss') ? 'min' : 'max'),
    ...(klBudget !== undefined && { budget: { metric: 'eval_kl', maximum: klBudget } }),
    ...(patience !== undefined && { patience }),
  };
}

/** The names that `freeze` may have: those of parameters, and of their adapters. */
function namesOf(parameters: Iterable<string>, lora: boolean): string[] {
  const names = [...parameters];
  if (!lora) return names;
  return [
    ...names,
    ...['A', 'B'].flatMap((part) =>
      names
        .filter((name) => name.endsWith('.weight'))
        .map((name) => name.replace(/weight$/, `lora_${part}.weight`)),
    ),
  ];
}

function frozen(patterns: readonly string[], parameters: readonly string[]): (name: string) => boolean {
  const tests = patterns.map((pattern) => {
    // Several stars in a row stand for what one does, and would take very long.
    const parts = pattern.split(/\*+/).map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    const test = new RegExp(`^${parts.join('.*')}$`);
    if (parameters.some((name) => test.test(name))) return test;
    throw new PipelineError(
      'invalid-setting',
      `training.freeze: the model has no parameter "${pattern}". Did you mean "${closestMatch(pattern, parameters)}"? * stands for any part.`,
      { key: 'training.freeze' },
    );
  });
  // A matrix's name stands for its adapter's, too.
  return (name) => {
    const names = [name, name.replace(/lora_[AB]\.weight$/, 'weight')];
    return tests.some((test) => names.some((each) => test.test(each)));
  };
}

function scheduleOf({ schedule, minimumRatio }: TrainingSettings): Schedule {
  if (schedule === 'constant') return constantSchedule();
  return schedule === 'linear' ? linearSchedule({ minimumRatio }) : cosineSchedule({ minimumRatio });
}

const live = [
  ['loss', 'loss'],
  ['rewards/accuracies', 'accuracy'],
  ['objective/scores', 'score'],
  ['eval_loss', 'held-out loss'],
  ['eval_accuracy', 'held-out accuracy'],
  ['eval_win_rate', 'win rate'],
  ['eval_kl', 'KL'],
] as const;

function liveFigures(metrics: Readonly<Record<string, number>>): string {
  return live
    .flatMap(([key, name]) => (metrics[key] === undefined ? [] : [`${name} ${metrics[key].toFixed(3)}`]))
    .join(', ');
}

/**
 * Step 0, then `points` steps as evenly spaced as whole steps allow, the last step among them; none for 0 points.
 *
 * @throws {PipelineError} `invalid-setting` for a number that is not an integer, or below 0
 * @example
 * console.log(evaluationSteps(10, 4)); // [ 0, 3, 5, 8, 10 ]
 */
export function evaluationSteps(steps: number, points: number): number[] {
  requireCount('steps', steps, 0);
  requireCount('points', points, 0);
  if (points === 0) return [];
  const all = Array.from({ length: points + 1 }, (_, index) => Math.round((index * steps) / points));
  return [...new Set(all)];
}

/**
 * Updates of a run over `exampleCount` examples.
 *
 * @throws {TrainerError} `invalid-option` naming the number that is out of range
 * @example
 * console.log(runSteps({ epochs: 2, batchSize: 8 }, 100)); // 26
 */
export function runSteps(
  training: Pick<TrainingSettings, 'steps' | 'epochs' | 'batchSize' | 'iterations'>,
  exampleCount: number,
): number {
  return trainingSteps(training, exampleCount);
}
