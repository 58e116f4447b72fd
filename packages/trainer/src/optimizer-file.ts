import { join } from 'node:path';
import type { AdamWState } from './adamw.js';
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.js';

const FILE = 'optimizer.safetensors';
const GRADIENT_SUMS = 'gradient_sum/';
const SQUARE_SUMS = 'square_sum/';

/** Writes an optimizer's moments into a checkpoint. */
export async function writeOptimizer(directory: string, state: AdamWState): Promise<void> {
  const tensors = new Map<string, StoredTensor>();
  for (const [prefix, values] of [
    [GRADIENT_SUMS, state.gradientSums],
    [SQUARE_SUMS, state.squareSums],
  ] as const) {
    for (const [name, sums] of values) tensors.set(prefix + name, { shape: [sums.length], values: sums });
  }
  await writeSafetensors(join(directory, FILE), tensors);
}

/** Reads what `writeOptimizer` wrote. */
export async function readOptimizer(directory: string, updates: number): Promise<AdamWState> {
  const gradientSums = new Map<string, Float32Array>();
  const squareSums = new Map<string, Float32Array>();
  for (const [name, { values }] of await readSafetensors(join(directory, FILE))) {
    if (name.startsWith(GRADIENT_SUMS)) gradientSums.set(name.slice(GRADIENT_SUMS.length), values);
    if (name.startsWith(SQUARE_SUMS)) squareSums.set(name.slice(SQUARE_SUMS.length), values);
  }
  return { updates, gradientSums, squareSums };
}
