/** What is wrong with an argument of @ais/kl, for programs; the message is for people. */
export type KlErrorCode =
  | 'invalid-option'
  | 'invalid-shape'
  | 'invalid-lengths'
  | 'invalid-value'
  | 'missing-backend';

/** Marks the errors of all `@ais` packages; the value names the package. */
const MARK = Symbol.for('@ais/error');
const PACKAGE = '@ais/kl';

/**
 * An error of @ais/kl; `code` tells which, and the message names the remedy.
 *
 * `instanceof` works across duplicate installs of the package.
 *
 * @example
 * try {
 *   sequenceSums([0.1, 0.2], [3]);
 * } catch (error) {
 *   if (error instanceof KlError) console.log(error.code); // invalid-lengths
 * }
 */
export class KlError extends Error {
  override readonly name: string = 'KlError';
  readonly code: KlErrorCode;
  /** What a command line does about it. */
  readonly exit: 'usage' | 'failure';

  constructor(code: KlErrorCode, message: string, options?: ErrorOptions) {
    super(`${PACKAGE}: ${message}`, options);
    this.code = code;
    this.exit = code === 'invalid-option' ? 'usage' : 'failure';
    Object.defineProperty(this, MARK, { value: PACKAGE });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && MARK in value && value[MARK] === PACKAGE;
  }
}
