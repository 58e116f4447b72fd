import { AisError, type ErrorExit } from './ais-error.js';
import type { BackendName } from './backend-name.js';

export { AisError, type ErrorExit } from './ais-error.js';

/** Everything that can go wrong in @ais/runtime, by code. */
export type RuntimeErrorCode =
  | 'unknown-backend'
  | 'backend-unavailable'
  | 'no-gradients'
  | 'out-of-memory'
  | 'invalid-threads'
  | 'invalid-seed'
  | 'invalid-bound'
  | 'invalid-random-state'
  | 'invalid-option'
  | 'needs-node'
  | FileErrorCode
  | HubErrorCode
  | NativeInstallErrorCode;

/** Everything that can go wrong with a file, by code. */
export type FileErrorCode = (typeof FILE_ERROR_CODES)[number];

const FILE_ERROR_CODES = ['disk-full', 'not-writable', 'damaged-file', 'too-large', 'in-use'] as const;

/** Everything that can go wrong with a repository on the Hugging Face Hub, by code. */
export type HubErrorCode = (typeof HUB_ERROR_CODES)[number];

const HUB_ERROR_CODES = [
  'hub-invalid-option',
  'hub-not-found',
  'hub-access-denied',
  'hub-failed',
  'hub-damaged',
] as const;

/** Everything that can go wrong while native TensorFlow is provisioned, by code. */
export type NativeInstallErrorCode = (typeof NATIVE_INSTALL_ERROR_CODES)[number];

const NATIVE_INSTALL_ERROR_CODES = [
  'unsupported-platform',
  'package-not-installed',
  'no-compiler',
  'compile-failed',
  'no-index',
  'wheel-not-found',
  'download-failed',
  'wrong-hash',
  'broken-wheel',
  'install-running',
  'time-out',
  'verification-failed',
] as const;

/** A back end that does not run, and what prevents it. */
export interface BackendObstacle {
  readonly backend: BackendName;
  /** Why it does not run, a clause that reads on after "because". */
  readonly reason: string;
  /** The command (or the step) that would change it; null if nothing on this machine would. */
  readonly remedy: string | null;
}

/** An error of @ais/runtime; `code` tells which, and the message names the remedy. */
export class RuntimeError extends AisError<RuntimeErrorCode> {
  static override readonly package: string = '@ais/runtime';
  static override readonly exits: Readonly<Record<string, ErrorExit>> = {
    'unknown-backend': 'usage',
    'invalid-seed': 'usage',
    'invalid-threads': 'usage',
    'invalid-option': 'usage',
    'hub-invalid-option': 'usage',
  } satisfies Partial<Record<RuntimeErrorCode, ErrorExit>>;
  override readonly name: string = 'RuntimeError';
}

/** No back end has this name; the message lists those that exist. */
export class UnknownBackendError extends RuntimeError {
  static override readonly codes: readonly string[] = ['unknown-backend'];
  override readonly name = 'UnknownBackendError';

  constructor(message: string) {
    super('unknown-backend', message);
  }
}

/** The back end exists but cannot run here now; the message says why, and what would change it. */
export class BackendUnavailableError extends RuntimeError {
  static override readonly codes: readonly string[] = ['backend-unavailable'];
  override readonly name = 'BackendUnavailableError';
  /** Each back end that was tried, and what prevented it. */
  readonly obstacles: readonly BackendObstacle[];

  constructor(obstacles: readonly BackendObstacle[]) {
    const lines = obstacles.map(
      ({ backend, reason, remedy }) =>
        `The back end '${backend}' cannot run because ${reason}.${remedy === null ? '' : ` To change that: ${remedy}`}`,
    );
    super('backend-unavailable', lines.join('\n'));
    this.obstacles = obstacles;
  }
}

/** A file or folder that cannot be used as asked for; the message names it and the remedy. */
export class FileError extends RuntimeError {
  static override readonly codes: readonly string[] = FILE_ERROR_CODES;
  override readonly name = 'FileError';
  declare readonly code: FileErrorCode;
  readonly path: string;

  constructor(code: FileErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.path = path;
  }
}

/** What was asked of the Hub, and what came instead; what applies is set. */
export interface HubFault {
  /** The address, or the folder in the cache. */
  readonly place: string;
  readonly expected?: string;
  readonly found?: string;
}

/** A repository on the Hugging Face Hub cannot be used as asked for. */
export class HubError extends RuntimeError implements HubFault {
  static override readonly codes: readonly string[] = HUB_ERROR_CODES;
  override readonly name = 'HubError';
  declare readonly code: HubErrorCode;
  /** What is wrong, and the remedy; the message has place, expected, and found around it. */
  readonly reason: string;
  readonly place: string;
  readonly expected?: string;
  readonly found?: string;

  constructor(code: HubErrorCode, reason: string, fault: HubFault, options?: ErrorOptions) {
    const { place, expected, found } = fault;
    const difference =
      expected === undefined ? '' : ` Expected ${expected}${found === undefined ? '' : `, found ${found}`}.`;
    super(code, `${place}: ${reason}${difference}`, options);
    this.reason = reason;
    this.place = place;
    if (expected !== undefined) this.expected = expected;
    if (found !== undefined) this.found = found;
  }
}

/** Native TensorFlow could not be provisioned; whatever worked before still does. */
export class NativeInstallError extends RuntimeError {
  static override readonly codes: readonly string[] = NATIVE_INSTALL_ERROR_CODES;
  override readonly name = 'NativeInstallError';
  declare readonly code: NativeInstallErrorCode;

  constructor(code: NativeInstallErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}
