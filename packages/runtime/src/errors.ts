import type { BackendName } from './backend-name.js';

/** Everything that can go wrong in @ais/runtime, by code. */
export type RuntimeErrorCode =
  | 'unknown-backend'
  | 'backend-unavailable'
  | 'no-gradients'
  | 'invalid-seed'
  | 'invalid-bound'
  | 'invalid-random-state'
  | NativeInstallErrorCode;

/** Everything that can go wrong while native TensorFlow is provisioned, by code. */
export type NativeInstallErrorCode =
  | 'unsupported-platform'
  | 'package-not-installed'
  | 'no-compiler'
  | 'compile-failed'
  | 'no-index'
  | 'wheel-not-found'
  | 'download-failed'
  | 'wrong-hash'
  | 'broken-wheel'
  | 'disk-full'
  | 'not-writable'
  | 'install-running'
  | 'time-out'
  | 'verification-failed';

/** A back end that does not run, and what stands in its way. */
export interface BackendObstacle {
  readonly backend: BackendName;
  /** Why it does not run, a clause that reads on after "because". */
  readonly reason: string;
  /** The command (or the deed) that would change it; null where nothing on this machine would. */
  readonly remedy: string | null;
}

const MARK = '@ais/runtime/error';

function carriesMark(value: unknown, name?: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { [MARK]: names } = value as { [MARK]?: unknown };
  return Array.isArray(names) && (name === undefined || names.includes(name));
}

/**
 * An error of @ais/runtime; `code` tells which, and the message names the remedy.
 *
 * `instanceof` works across duplicate installs of the package, for this class and for those derived from it.
 */
export class RuntimeError extends Error {
  override readonly name: string = 'RuntimeError';
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, message: string, options?: ErrorOptions) {
    super(`@ais/runtime: ${message}`, options);
    this.code = code;
    const names: string[] = [];
    for (let type: unknown = new.target; typeof type === 'function' && type !== Error; ) {
      names.push(type.name);
      type = Object.getPrototypeOf(type);
    }
    Object.defineProperty(this, MARK, { value: names });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return carriesMark(value, 'RuntimeError');
  }
}

/** The name is none of the back ends'; the message lists those. */
export class UnknownBackendError extends RuntimeError {
  override readonly name = 'UnknownBackendError';

  constructor(message: string) {
    super('unknown-backend', message);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return carriesMark(value, 'UnknownBackendError');
  }
}

/** The back end exists but cannot run here now; the message says why, and what would change it. */
export class BackendUnavailableError extends RuntimeError {
  override readonly name = 'BackendUnavailableError';
  /** Each back end that was tried, and what stood in its way. */
  readonly obstacles: readonly BackendObstacle[];

  constructor(obstacles: readonly BackendObstacle[]) {
    const lines = obstacles.map(
      ({ backend, reason, remedy }) =>
        `The back end '${backend}' cannot run because ${reason}.${remedy === null ? '' : ` To change that: ${remedy}`}`,
    );
    super('backend-unavailable', lines.join('\n'));
    this.obstacles = obstacles;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return carriesMark(value, 'BackendUnavailableError');
  }
}

/** Native TensorFlow could not be provisioned; whatever worked before still does. */
export class NativeInstallError extends RuntimeError {
  override readonly name = 'NativeInstallError';
  declare readonly code: NativeInstallErrorCode;

  constructor(code: NativeInstallErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return carriesMark(value, 'NativeInstallError');
  }
}
