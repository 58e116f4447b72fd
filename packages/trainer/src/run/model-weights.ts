import { TrainerError } from '../errors.js';
import type { Parameters } from '../optimizer/adamw.js';

/**
 * Copies every parameter of one model into another of the same shape, but for those that are not trained: they are what they
 * were when the run began.
 *
 * @throws {TrainerError} `checkpoint-mismatch` naming the parameter that is missing or differs in shape
 */
export function copyParameters(from: Parameters, to: Parameters): void {
  for (const [name, target] of to) {
    const source = from.get(name);
    if (source?.shape.join() !== target.shape.join()) {
      throw new TrainerError(
        'checkpoint-mismatch',
        `The checkpoint has ${source ? `shape [${source.shape}]` : 'nothing'} for ${name}, and the model has ` +
          `shape [${target.shape}]. Resume with the model that the run was started with.`,
      );
    }
    if (target.trainable) target.assign(source);
  }
}
