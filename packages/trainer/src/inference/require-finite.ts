import { TrainerError } from '../errors.js';

/**
 * Checks what a model has computed.
 *
 * @param values one per item
 * @param what the values are, as the subject of a sentence: `log π(y|x)`
 * @param nameOf names an item: `pair "a"`
 * @throws {TrainerError} `non-finite-model` naming the first item whose value is NaN or infinite
 */
export function requireFinite(
  values: ArrayLike<number>,
  what: string,
  nameOf: (index: number) => string,
): void {
  const index = Array.prototype.findIndex.call(values, (value: number) => !Number.isFinite(value));
  if (index < 0) return;
  throw new TrainerError(
    'non-finite-model',
    `${what} of ${nameOf(index)} is ${values[index]}. The model's weights or its logits are not finite: use an intact checkpoint, ` +
      'or look at this record.',
  );
}
