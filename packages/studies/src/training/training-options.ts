import type { Tokenizer } from '@ais/data';
import {
  type CheckpointSelection,
  constantSchedule,
  cosineSchedule,
  type JsonObject,
  linearSchedule,
  type Schedule,
  type TrainingOptions,
  tensorBoard,
} from '@ais/trainer';
import { closestMatch } from 'leven';
import type { CommandContext } from './command-context.js';
import { ConfigurationError } from './configuration-error.js';
import type { Settings } from './settings.js';

type TrainingSettings = Settings<'sft'>['training'];

/** What a command's evaluations are compared by where its settings do not say. */
const usualSelection = {
  sft: { metric: 'eval_loss', mode: 'min' },
  reward: { metric: 'eval_accuracy', mode: 'max' },
  train: { metric: 'eval_win_rate', mode: 'max' },
} as const;

/**
 * A command's settings in the trainer's words.
 *
 * @param parameters names of the model's parameters
 */
export function trainingOptions(
  command: keyof typeof usualSelection,
  settings: Pick<Settings<'sft'>, 'seed' | 'training' | 'selection'>,
  { tokenizer, parameters }: { readonly tokenizer: Tokenizer; readonly parameters: Iterable<string> },
  context: CommandContext,
): TrainingOptions {
  const { steps, epochs, warmupSteps, warmupFraction, maxGradientNorm, checkpointEvery, ...training } =
    settings.training;
  const { freeze, skipNonFinite, lora } = training;
  return {
    directory: context.directory,
    resume: context.resume,
    seed: settings.seed,
    ...(steps === undefined ? { epochs: epochs ?? 1 } : { steps }),
    batchSize: training.batchSize,
    microBatchSize: Math.min(training.microBatchSize, training.batchSize),
    learningRate: training.learningRate,
    schedule: schedule(training),
    ...(warmupSteps !== undefined && { warmupSteps }),
    ...(warmupFraction !== undefined && { warmupFraction }),
    adamw: {
      beta1: training.adamBeta1,
      beta2: training.adamBeta2,
      epsilon: training.adamEpsilon,
      weightDecay: training.weightDecay,
    },
    ...(maxGradientNorm !== undefined && { maxGradientNorm }),
    ...(checkpointEvery !== undefined && { checkpointEvery }),
    keepCheckpoints: training.keepCheckpoints,
    ...(freeze && { freeze: frozen(freeze, [...parameters]) }),
    ...(lora && { lora: { rank: lora.rank, ...(lora.alpha !== undefined && { alpha: lora.alpha }) } }),
    ...(skipNonFinite !== undefined && { nonFinite: { skip: skipNonFinite } }),
    ...(settings.selection && { selection: selectionOf(settings.selection, usualSelection[command]) }),
    ...(training.tensorBoard && { callbacks: [tensorBoard()] }),
    tokenizer,
    configuration: { command, settings: recordedSettings(settings) },
    signal: context.signal,
    onWarning: context.onWarning,
    onProgress: (progress) =>
      context.onProgress({
        task: command,
        completed: progress.step,
        total: progress.steps,
        detail: liveFigures({ ...progress.evaluation, ...progress.metrics }),
      }),
  };
}

/** Settings as config.json keeps them: without what may change between a start and a resume. */
function recordedSettings(settings: object): JsonObject {
  const plain = JSON.parse(JSON.stringify(settings)) as JsonObject & { training: JsonObject };
  const { checkpointEvery: _every, keepCheckpoints: _keep, ...training } = plain.training;
  return { ...plain, training };
}

function selectionOf(
  { metric, mode = 'max', klBudget, patience }: NonNullable<Settings<'train'>['selection']>,
  usual: Pick<CheckpointSelection, 'metric' | 'mode'>,
): CheckpointSelection {
  return {
    ...(metric === undefined ? usual : { metric, mode }),
    ...(klBudget !== undefined && { budget: { metric: 'eval_kl', maximum: klBudget } }),
    ...(patience !== undefined && { patience }),
  };
}

/**
 * Which parameters patterns name.
 *
 * @throws {ConfigurationError} for a pattern that names none, with the nearest parameter
 */
function frozen(patterns: readonly string[], parameters: readonly string[]): (name: string) => boolean {
  const tests = patterns.map((pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    const test = new RegExp(`^${parts.join('.*')}$`);
    if (!parameters.some((name) => test.test(name))) {
      throw new ConfigurationError(
        'training.freeze',
        'training.freeze',
        `the model has no parameter "${pattern}". Did you mean "${closestMatch(pattern, parameters)}"? A * stands for any part.`,
      );
    }
    return test;
  });
  return (name) => tests.some((test) => test.test(name));
}

function schedule({ schedule: name, minimumRatio }: TrainingSettings): Schedule {
  if (name === 'constant') return constantSchedule();
  return name === 'linear' ? linearSchedule({ minimumRatio }) : cosineSchedule({ minimumRatio });
}

function liveFigures(metrics: Readonly<Record<string, number>>): string {
  const shown = [
    ['loss', 'loss'],
    ['rewards/accuracies', 'accuracy'],
    ['objective/scores', 'score'],
    ['eval_loss', 'held-out loss'],
    ['eval_accuracy', 'held-out accuracy'],
    ['eval_win_rate', 'win rate'],
    ['eval_kl', 'KL'],
  ] as const;
  return shown
    .flatMap(([key, name]) => (metrics[key] === undefined ? [] : [`${name} ${metrics[key].toFixed(3)}`]))
    .join(', ');
}

/** Step 0, then `points` steps as evenly spaced as whole steps allow, the last step among them; none for 0 points. */
export function evaluationSteps(steps: number, points: number): number[] {
  if (points === 0) return [];
  const all = Array.from({ length: points + 1 }, (_, index) => Math.round((index * steps) / points));
  return [...new Set(all)];
}

/** Updates of a run over so many examples. */
export function runSteps({ steps, epochs, batchSize }: TrainingSettings, exampleCount: number): number {
  return steps ?? Math.max(1, Math.round((epochs ?? 1) * Math.ceil(exampleCount / batchSize)));
}
