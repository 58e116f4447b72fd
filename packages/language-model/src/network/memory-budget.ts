import * as tf from '@tensorflow/tfjs-core';
import { isTrained, type NamedTensors } from '../layers/parameters.js';

const PORTABLE = 512 * 2 ** 20;
const NATIVE = 2 ** 30;

/** Of the 12 bytes that a weight's gradient and two moments take. */
const BYTES_OF_FROZEN = 8;

/**
 * Bytes that a gradient's forward pass keeps where nothing else is asked for: 512 MiB, and on native TensorFlow 1 GiB and 8
 * bytes for each frozen weight, so that a step with adapters computes little again and still takes less memory than one of
 * the whole model, which has a gradient and two moments of each. It is freed block by block as gradients take its place.
 *
 * @param frozen how many numbers are not trained
 * @returns bytes, on the back end that runs
 * @example
 * const mebibytes = defaultMemoryBudget(0) / 2 ** 20; // 512 on WASM
 */
export function defaultMemoryBudget(frozen: number): number {
  return tf.getBackend() === 'tensorflow' ? NATIVE + BYTES_OF_FROZEN * frozen : PORTABLE;
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
