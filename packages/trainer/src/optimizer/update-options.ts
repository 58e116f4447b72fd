import { TrainerError } from '../errors.js';

/**
 * Checks how far an update may go.
 *
 * @throws {TrainerError} `invalid-option` naming the option
 */
export function requireUpdateOptions({
  learningRate,
  maxGradientNorm,
}: {
  readonly learningRate: number;
  readonly maxGradientNorm?: number | undefined;
}): void {
  if (!(Number.isFinite(learningRate) && learningRate >= 0)) {
    throw new TrainerError('invalid-option', `learningRate must be a number ≥ 0, got ${learningRate}.`);
  }
  if (maxGradientNorm !== undefined && !(maxGradientNorm > 0)) {
    throw new TrainerError('invalid-option', `maxGradientNorm must be above 0, got ${maxGradientNorm}.`);
  }
}
