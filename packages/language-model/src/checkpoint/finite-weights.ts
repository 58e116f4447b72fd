import { CheckpointError } from '../errors.js';

/**
 * Checks that a stored tensor is finite.
 *
 * @throws {CheckpointError} `not-finite-weights` naming file, tensor, and the first number that is not
 * @example
 * requireFiniteWeights(Float32Array.of(1, 2), { file: 'model.safetensors', tensor: 'norm.weight' }); // throws for NaN and ∞
 */
export function requireFiniteWeights(
  values: Float32Array,
  place: { readonly file: string; readonly tensor: string },
): void {
  // x − x is 0 for finite x and NaN for every other: no overflow can hide or feign a defect.
  let difference = 0;
  for (const value of values) difference += value - value;
  if (difference === 0) return;
  const index = values.findIndex((value) => !Number.isFinite(value));
  throw new CheckpointError(
    'not-finite-weights',
    'it has a number that no model can compute with; the training that saved it diverged, or the file is damaged.',
    { ...place, expected: 'finite numbers', found: `${values[index]} at ${index}` },
  );
}
