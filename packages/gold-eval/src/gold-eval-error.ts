/** What a {@link GoldEvalError} complains about. */
export type GoldEvalErrorCode = 'LENGTHS' | 'VALUE' | 'OPTION' | 'SCORER';

/**
 * An argument or a scorer's answer that `@ais/gold-eval` cannot use, with the remedy in its message.
 *
 * Tell it apart by `name` and `code`, which survive a duplicate install of the package; `instanceof` does not.
 *
 * @example
 * try {
 *   winRate([1, 2], [0]);
 * } catch (error) {
 *   if (error instanceof Error && error.name === 'GoldEvalError') console.log(error.name); // GoldEvalError
 * }
 */
export class GoldEvalError extends Error {
  override readonly name: 'GoldEvalError' = 'GoldEvalError';

  constructor(
    readonly code: GoldEvalErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`@ais/gold-eval: ${message}`, options);
  }
}
