import { constantSchedule, cosineSchedule, type TrainingOptions } from '@ais/trainer';
import type { StageContext } from './stage-context.js';
import type { TrainingSettings } from './stage-settings.js';

/**
 * A stage's settings in the trainer's words: AdamW and clipping as the paper's authors have them, a schedule with
 * warm-up, and checkpoints from which the stage goes on after an interruption.
 */
export function trainingOptions(
  training: TrainingSettings,
  run: { readonly seed: number; readonly microBatchSize: number; readonly directory: string },
  { title, signal, progress }: StageContext,
): TrainingOptions {
  return {
    directory: run.directory,
    resume: true,
    seed: run.seed,
    epochs: training.epochs,
    batchSize: training.batchSize,
    microBatchSize: run.microBatchSize,
    learningRate: training.learningRate,
    schedule: training.schedule === 'constant' ? constantSchedule() : cosineSchedule(),
    warmupFraction: training.warmupFraction,
    adamw: { beta1: 0.9, beta2: 0.999, epsilon: 1e-5, weightDecay: 0 },
    maxGradientNorm: 1,
    checkpointEvery: 50,
    keepCheckpoints: 1,
    signal,
    onProgress: ({ step, steps, metrics }) =>
      progress({ task: title, completed: step, total: steps, detail: `loss ${metrics['loss']?.toFixed(3)}` }),
  };
}

/** Updates of a training over so many examples. */
export function trainingSteps({ epochs, batchSize }: TrainingSettings, exampleCount: number): number {
  return Math.round(epochs * Math.ceil(exampleCount / batchSize));
}
