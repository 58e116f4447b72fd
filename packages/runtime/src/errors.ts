/** Everything that can go wrong in @ais/runtime, by code. */
export type RuntimeErrorCode =
  | 'unknown-backend'
  | 'backend-unavailable'
  | 'no-backend'
  | 'invalid-seed'
  | 'invalid-bound'
  | 'invalid-random-state';

const MARK = Symbol.for('@ais/runtime/RuntimeError');

/**
 * An error of @ais/runtime; `code` tells which, and the message names the remedy.
 *
 * `instanceof` works across duplicate installs of the package.
 */
export class RuntimeError extends Error {
  override readonly name: string = 'RuntimeError';
  readonly code: RuntimeErrorCode;
  readonly [MARK] = true;

  constructor(code: RuntimeErrorCode, message: string, options?: ErrorOptions) {
    super(`@ais/runtime: ${message}`, options);
    this.code = code;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && MARK in value;
  }
}
