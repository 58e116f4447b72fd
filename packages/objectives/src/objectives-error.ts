/** What went wrong, for programs; the message is for people. */
export type ObjectivesErrorCode =
  | 'invalid-option'
  | 'invalid-batch'
  | 'missing-gradients'
  | 'coupled-objective'
  | 'conformance';

const marker = Symbol.for('@ais/objectives/error');

/**
 * Any error that this package throws, told apart by its `code`.
 *
 * `instanceof ObjectivesError` also holds for errors of another installed copy of this package.
 *
 * @example
 * try {
 *   dpo({ beta: -1 });
 * } catch (error) {
 *   if (error instanceof ObjectivesError && error.code === 'invalid-option') console.log(error.message);
 * }
 */
export class ObjectivesError extends Error {
  override readonly name: string = 'ObjectivesError';
  readonly code: ObjectivesErrorCode;

  constructor(code: ObjectivesErrorCode, message: string, options?: ErrorOptions) {
    super(`@ais/objectives: ${message}`, options);
    this.code = code;
    Object.defineProperty(this, marker, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && marker in value;
  }
}
