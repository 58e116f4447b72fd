import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { TrainingStage } from '../src/loop/training-stage.js';
import { readSafetensors, writeSafetensors } from '../src/run/safetensors.js';

/** A stage whose arithmetic fits in a line: y ≈ x·W + b over a few examples of uneven weight. */
export interface LinearStage extends TrainingStage {
  /** Examples whose loss is made NaN. */
  readonly poisoned: Set<number>;
  /** Called by save, once its files are written. */
  afterSave: () => void;
  values(): Record<string, number[]>;
  dispose(): void;
}

export function linearStage(options: { readonly count?: number; readonly name?: string } = {}): LinearStage {
  const { count = 23, name = 'linear' } = options;
  const inputs = Array.from({ length: count }, (_, index) => [
    Math.sin(index),
    Math.cos(2 * index),
    1 / (1 + index),
  ]);
  const targets = inputs.map(([a = 0, b = 0, c = 0]) => [a - 2 * b, 0.5 * c + 1]);
  const weights = inputs.map((_, index) => 1 + (index % 4));
  // No names: the engine wants them unique, and a test makes several of these.
  const parameters = new Map<string, tf.Variable>([
    ['weight', tf.variable(tf.tensor2d([0.1, -0.2, 0.3, 0.4, -0.5, 0.6], [3, 2]))],
    ['bias', tf.variable(tf.tensor1d([0.01, -0.01]))],
  ]);
  const variable = (key: string): tf.Variable => parameters.get(key) as tf.Variable;
  const poisoned = new Set<number>();
  const stage: LinearStage = {
    name,
    poisoned,
    afterSave: () => {},
    configuration: { data: { count } },
    parameters,
    exampleCount: count,
    recordId: (index) => `record-${index}`,
    tokens: (index) => weights[index] ?? 0,
    weight: (index) => weights[index] ?? 0,
    evaluate(indices) {
      const x = tf.tensor2d(indices.map((index) => inputs[index] ?? []));
      const y = tf.tensor2d(indices.map((index) => targets[index] ?? []));
      const w = tf.tensor1d(
        indices.map((index) => (poisoned.has(index) ? Number.NaN : (weights[index] ?? 0))),
      );
      const error = tf.sub(tf.add(tf.matMul(x, variable('weight') as tf.Tensor2D), variable('bias')), y);
      const losses = tf.mul(tf.sum(tf.square(error), 1), w) as tf.Tensor1D;
      return {
        losses,
        metrics: { 'error/first': tf.reshape(tf.slice(error, [0, 0], [-1, 1]), [-1]) as tf.Tensor1D },
      };
    },
    async save(directory) {
      const tensors = [...parameters].map(
        ([key, value]) => [key, { shape: value.shape, values: value.dataSync<'float32'>() }] as const,
      );
      await writeSafetensors(join(directory, 'model.safetensors'), new Map(tensors));
      stage.afterSave();
    },
    async restore(directory) {
      for (const [key, { shape, values }] of await readSafetensors(join(directory, 'model.safetensors'))) {
        const tensor = tf.tensor(values, [...shape]);
        variable(key).assign(tensor);
        tensor.dispose();
      }
    },
    values: () => Object.fromEntries([...parameters].map(([key, value]) => [key, [...value.dataSync()]])),
    dispose: () => tf.dispose([...parameters.values()]),
  };
  return stage;
}
