import { join } from 'node:path';
import type { AdamWState } from '../optimizer/adamw.js';
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.js';

const FILE = 'optimizer.safetensors';
// The names that PyTorch has for them.
const GRADIENT_AVERAGES = 'exp_avg/';
const SQUARE_AVERAGES = 'exp_avg_sq/';

/** Writes an optimizer's moments into a checkpoint. */
export async function writeOptimizer(directory: string, state: AdamWState): Promise<void> {
  const tensors = new Map<string, StoredTensor>();
  for (const [prefix, values] of [
    [GRADIENT_AVERAGES, state.gradientAverages],
    [SQUARE_AVERAGES, state.squareAverages],
  ] as const) {
    for (const [name, averages] of values)
      tensors.set(prefix + name, { shape: [averages.length], values: averages });
  }
  await writeSafetensors(join(directory, FILE), tensors);
}

/** Reads what `writeOptimizer` wrote. */
export async function readOptimizer(directory: string, updates: number): Promise<AdamWState> {
  const gradientAverages = new Map<string, Float32Array>();
  const squareAverages = new Map<string, Float32Array>();
  for (const [name, { values }] of await readSafetensors(join(directory, FILE))) {
    if (name.startsWith(GRADIENT_AVERAGES))
      gradientAverages.set(name.slice(GRADIENT_AVERAGES.length), values);
    if (name.startsWith(SQUARE_AVERAGES)) squareAverages.set(name.slice(SQUARE_AVERAGES.length), values);
  }
  return { updates, gradientAverages, squareAverages };
}
