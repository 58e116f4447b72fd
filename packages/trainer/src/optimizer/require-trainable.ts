import { TrainerError } from '../errors.js';
import type { Parameters } from './adamw.js';

/**
 * Checks that there is something to train.
 *
 * @throws {TrainerError} `invalid-option` where a parameter was disposed of, or none is trainable
 */
export function requireTrainable(parameters: Parameters): void {
  const variables = [...parameters.values()];
  if (variables.some(({ isDisposed }) => isDisposed)) {
    throw new TrainerError(
      'invalid-option',
      'Parameters to train were disposed of, with their model or as their adapter was merged. Train a model, or an adapter, that is in use.',
    );
  }
  if (!variables.some(({ trainable }) => trainable)) {
    throw new TrainerError(
      'invalid-option',
      'None of the parameters is trainable. A model with adapters, from addLora, trains these alone: pass the adapter, or merge it first.',
    );
  }
}
