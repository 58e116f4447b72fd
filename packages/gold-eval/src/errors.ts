/** Everything that can go wrong in @ais/gold-eval, by code. */
export type GoldEvalErrorCode =
  | 'invalid-option'
  | 'invalid-lengths'
  | 'invalid-value'
  | 'scorer-failed'
  | 'scorer-inconsistent'
  | 'request-failed'
  | 'invalid-verdict'
  | 'insecure-context'
  | 'budget-spent';

/** Marks errors of all `@ais` packages; the value says which package's. */
export const MARK: unique symbol = Symbol.for('@ais/error');
const PACKAGE = '@ais/gold-eval';

/**
 * An error of @ais/gold-eval; `code` tells which, and the message names the remedy.
 *
 * `instanceof` works across duplicate installs of the package.
 *
 * @example
 * try {
 *   winRate([1, 2], [0]);
 * } catch (error) {
 *   if (error instanceof GoldEvalError) console.log(error.code); // invalid-lengths
 * }
 */
export class GoldEvalError extends Error {
  override readonly name: string = 'GoldEvalError';
  readonly code: GoldEvalErrorCode;
  /** What the command line makes of it. */
  readonly exit: 'usage' | 'failure';

  constructor(code: GoldEvalErrorCode, message: string, options?: ErrorOptions) {
    super(`${PACKAGE}: ${message}`, options);
    this.code = code;
    this.exit = code === 'invalid-option' ? 'usage' : 'failure';
    Object.defineProperty(this, MARK, { value: PACKAGE });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && MARK in value && value[MARK] === PACKAGE;
  }
}
