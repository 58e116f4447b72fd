/** What went wrong, for programs; the message is for people. */
export type ObjectivesErrorCode =
  | 'invalid-option'
  | 'invalid-objective'
  | 'invalid-batch'
  | 'missing-backend'
  | 'missing-gradients'
  | 'coupled-objective'
  | 'broken-law'
  | 'conformance';

/** Marks the errors of all `@ais` packages; the value names the package. */
const MARK = Symbol.for('@ais/error');
const PACKAGE = '@ais/objectives';

/** The codes that stand for wrong use of a command or a settings file. */
const USAGE: readonly ObjectivesErrorCode[] = ['invalid-option', 'invalid-objective', 'coupled-objective'];

/**
 * An error of @ais/objectives; `code` tells which, and the message names the remedy.
 *
 * `instanceof` works across duplicate installs of the package, for this class and for those that extend it.
 *
 * @example
 * try {
 *   dpo({ beta: -1 });
 * } catch (error) {
 *   if (error instanceof ObjectivesError && error.code === 'invalid-option') console.log(error.message);
 * }
 */
export class ObjectivesError extends Error {
  /** The codes of a class that extends this one. */
  static readonly codes: readonly ObjectivesErrorCode[] | undefined = undefined;
  override readonly name: string = 'ObjectivesError';
  readonly code: ObjectivesErrorCode;
  /** What a command line does about it. */
  readonly exit: 'usage' | 'failure';

  constructor(code: ObjectivesErrorCode, message: string, options?: ErrorOptions) {
    super(`${PACKAGE}: ${message}`, options);
    this.code = code;
    this.exit = USAGE.includes(code) ? 'usage' : 'failure';
    Object.defineProperty(this, MARK, { value: PACKAGE });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (typeof value !== 'object' || value === null || !(MARK in value) || value[MARK] !== PACKAGE)
      return false;
    // biome-ignore lint/complexity/noThisInStatic: the class asked about, which may be one that extends this one.
    const { codes } = this;
    return codes === undefined || codes.includes((value as unknown as ObjectivesError).code);
  }
}
