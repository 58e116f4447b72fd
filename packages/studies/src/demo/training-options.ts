import { cosineSchedule, type TrainingOptions } from '@ais/trainer';
import type { DemoContext } from './demo-context.js';
import type { TrainingSettings } from './demo-settings.js';

/**
 * A stage's settings in the trainer's words: AdamW and clipping as the paper's authors have them, a cosine
 * schedule with warm-up, and checkpoints from which the stage goes on after an interruption.
 */
export function trainingOptions(
  context: DemoContext,
  task: string,
  directory: string,
  training: TrainingSettings,
): TrainingOptions {
  const { settings, signal, progress } = context;
  return {
    directory,
    resume: true,
    seed: settings.seed,
    epochs: training.epochs,
    batchSize: training.batchSize,
    microBatchSize: settings.microBatchSize,
    learningRate: training.learningRate,
    schedule: cosineSchedule(),
    warmupFraction: training.warmupFraction,
    adamw: { beta1: 0.9, beta2: 0.999, epsilon: 1e-5, weightDecay: 0 },
    maxGradientNorm: 1,
    keepCheckpoints: 1,
    signal,
    onProgress: ({ step, steps, metrics }) =>
      progress({ task, completed: step, total: steps, detail: `loss ${metrics['loss']?.toFixed(3)}` }),
  };
}
