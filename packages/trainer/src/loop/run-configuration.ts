import * as tf from '@tensorflow/tfjs-core';
import packageJson from '../../package.json' with { type: 'json' };
import { DECAY_EXCEPT } from '../optimizer/weight-decay.js';
import { fingerprintParameters } from '../run/fingerprint.js';
import type { JsonObject } from '../run/json.js';
import { modeOf } from './checkpoint-selection.js';
import type { TrainingOptions, TrainingPlan } from './training-options.js';
import type { TrainingStage } from './training-stage.js';

/** Everything that decides what comes out of a run, as config.json has it. */
export async function runConfiguration(
  stage: Pick<TrainingStage, 'name' | 'configuration' | 'parameters'>,
  options: TrainingOptions,
  plan: TrainingPlan,
  frozen: readonly string[],
): Promise<JsonObject> {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options.adamw ?? {};
  const { decayExcept = DECAY_EXCEPT, moments = 'float32' } = options.adamw ?? {};
  return {
    stage: stage.name,
    seed: options.seed,
    backend: tf.getBackend(),
    training: {
      steps: plan.steps,
      stepsPerEpoch: plan.stepsPerEpoch,
      ...(plan.iterations > 1 && { iterations: plan.iterations }),
      batchSize: plan.batchSize,
      microBatchSize: plan.microBatchSize,
      learningRate: options.learningRate,
      schedule: { name: plan.schedule.name, ...plan.schedule.settings },
      warmupSteps: plan.warmupSteps,
      adamw: {
        beta1,
        beta2,
        epsilon,
        weightDecay,
        ...(weightDecay > 0 && { decayExcept }),
        ...(moments !== 'float32' && { moments }),
      },
      maxGradientNorm: options.maxGradientNorm ?? null,
      evaluateAt: [...plan.evaluateAt].sort((a, b) => a - b),
      ...(frozen.length > 0 && { frozen }),
      ...(options.nonFinite && { nonFinite: options.nonFinite }),
      ...(options.selection && { selection: { ...options.selection, mode: modeOf(options.selection) } }),
    },
    ...stage.configuration,
    model: { sha256: await fingerprintParameters(stage.parameters) },
    ...(options.configuration && { configuration: options.configuration }),
    ...(options.notes && { notes: options.notes }),
    checkpoints: { every: options.checkpointEvery ?? null, keep: options.keepCheckpoints ?? 2 },
    versions: {
      '@ais/trainer': packageJson.version,
      '@tensorflow/tfjs-core': tf.version_core,
      node: process.version,
    },
  };
}
