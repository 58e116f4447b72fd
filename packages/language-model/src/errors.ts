/** Everything that can go wrong in @ais/language-model, by code. */
export type LanguageModelErrorCode =
  | 'invalid-configuration'
  | 'invalid-tokens'
  | 'invalid-option'
  | 'needs-node'
  | 'disposed'
  | CheckpointErrorCode;

/** Everything that can be wrong with a checkpoint, by code. */
export type CheckpointErrorCode =
  | 'checkpoint-not-found'
  | 'checkpoint-unreadable'
  | 'checkpoint-unwritable'
  | 'checkpoint-corrupt'
  | 'unsupported-architecture'
  | 'unsupported-type'
  | 'missing-tensor'
  | 'unexpected-tensor'
  | 'wrong-shape'
  | 'access-denied'
  | 'download-failed';

/** Where in a checkpoint the fault is, and what it is; what applies is set. */
export interface CheckpointFault {
  readonly file: string;
  readonly tensor?: string;
  readonly expected?: string;
  readonly found?: string;
}

const MODEL_MARK = Symbol.for('@ais/language-model/LanguageModelError');
const CHECKPOINT_MARK = Symbol.for('@ais/language-model/CheckpointError');

function carries(mark: symbol, value: unknown): boolean {
  return typeof value === 'object' && value !== null && mark in value;
}

/**
 * An error of @ais/language-model; `code` tells which, and the message names the thing and the remedy.
 *
 * `instanceof` works across duplicate installs of the package.
 */
export class LanguageModelError extends Error {
  override readonly name: string = 'LanguageModelError';
  readonly code: LanguageModelErrorCode;

  constructor(code: LanguageModelErrorCode, message: string, options?: ErrorOptions) {
    super(`@ais/language-model: ${message}`, options);
    this.code = code;
    Object.defineProperty(this, MODEL_MARK, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return carries(MODEL_MARK, value);
  }
}

/** A checkpoint that cannot be read or written; `file`, `tensor`, `expected` and `found` say where and what. */
export class CheckpointError extends LanguageModelError implements CheckpointFault {
  override readonly name = 'CheckpointError';
  declare readonly code: CheckpointErrorCode;
  readonly file: string;
  readonly tensor?: string;
  readonly expected?: string;
  readonly found?: string;

  constructor(code: CheckpointErrorCode, message: string, fault: CheckpointFault, options?: ErrorOptions) {
    const { file, tensor, expected, found } = fault;
    const place = tensor === undefined ? file : `${file}, tensor ${tensor}`;
    const difference =
      expected === undefined ? '' : ` Expected ${expected}${found === undefined ? '' : `, found ${found}`}.`;
    super(code, `${place}: ${message}${difference}`, options);
    this.file = file;
    if (tensor !== undefined) this.tensor = tensor;
    if (expected !== undefined) this.expected = expected;
    if (found !== undefined) this.found = found;
    Object.defineProperty(this, CHECKPOINT_MARK, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return carries(CHECKPOINT_MARK, value);
  }
}

/** A value as an error message shows it: JSON, cut short; untrusted files hold values of any size and depth. */
export function shown(value: unknown): string {
  if (Array.isArray(value) && value.length > 16) return `a list of ${value.length}`;
  try {
    const json = JSON.stringify(value) ?? String(value);
    const text = Array.isArray(value) ? json.replaceAll(',', ', ') : json;
    return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
  } catch {
    return Array.isArray(value) ? 'a list too deep to show' : `some ${typeof value}`;
  }
}
