/** What a {@link KlInputError} complains about. */
export type KlInputErrorCode = 'SHAPE' | 'LENGTHS' | 'VALUE' | 'OPTION';

/**
 * An argument of `@ais/kl` that cannot be used, with the remedy in its message.
 *
 * Tell it apart by `name` and `code`, which survive a duplicate install of the package; `instanceof` does not.
 *
 * @example
 * try {
 *   sequenceSums([0.1, 0.2], [3]);
 * } catch (error) {
 *   if (error instanceof Error && error.name === 'KlInputError') console.log(error.name); // KlInputError
 * }
 */
export class KlInputError extends Error {
  override readonly name: 'KlInputError' = 'KlInputError';

  constructor(
    readonly code: KlInputErrorCode,
    message: string,
  ) {
    super(`@ais/kl: ${message}`);
  }
}
