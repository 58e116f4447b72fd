import * as tf from '@tensorflow/tfjs-core';
import { isTrained, type NamedTensors } from '../layers/parameters.js';

const WITHOUT_FROZEN_WEIGHTS = 512 * 2 ** 20;

/**
 * Bytes that a gradient's forward pass keeps where nothing else is asked for: 512 MiB, and on native TensorFlow the bytes that
 * the gradient of frozen weights would take, so that a step with adapters computes little again and still takes less memory
 * than one of the whole model.
 *
 * @param frozen how many numbers are not trained
 */
export function defaultMemoryBudget(frozen: number): number {
  return WITHOUT_FROZEN_WEIGHTS + (tf.getBackend() === 'tensorflow' ? 4 * frozen : 0);
}

/** Bytes that a model's gradient may keep. */
export function memoryBudgetOf({
  memoryBudget,
  parameters,
}: {
  readonly memoryBudget?: number | undefined;
  readonly parameters: NamedTensors;
}): number {
  if (memoryBudget !== undefined) return memoryBudget;
  let frozen = 0;
  for (const [name, { size }] of parameters) if (!isTrained(parameters, name)) frozen += size;
  return defaultMemoryBudget(frozen);
}
