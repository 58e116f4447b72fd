/** The fault of a request, for programs; the message is for people. */
export type CreateErrorCode = 'invalid-name' | 'unknown-template' | 'folder-exists';

/** Marks the errors of all `@ais` packages; the value names the package. */
const MARK = Symbol.for('@ais/error');
const PACKAGE = 'create-ais-objective';

/**
 * An error of create-ais-objective; `code` tells which, and the message names the remedy.
 *
 * `instanceof` works across duplicate installs of the package.
 */
export class CreateError extends Error {
  override readonly name: string = 'CreateError';
  readonly code: CreateErrorCode;
  /** The exit of a command line: wrong usage, or a failure. */
  readonly exit: 'usage' | 'failure';

  constructor(code: CreateErrorCode, message: string, options?: ErrorOptions) {
    super(`${PACKAGE}: ${message}`, options);
    this.code = code;
    this.exit = code === 'folder-exists' ? 'failure' : 'usage';
    Object.defineProperty(this, MARK, { value: PACKAGE });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && MARK in value && value[MARK] === PACKAGE;
  }
}
