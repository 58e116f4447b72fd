import { AisError, type ErrorExit } from '@ais/runtime/errors';

/** Everything that can go wrong in @ais/language-model, by code. */
export type LanguageModelErrorCode =
  | 'invalid-configuration'
  | 'invalid-tokens'
  | 'invalid-option'
  | 'disposed'
  | 'missing-backend'
  | 'not-finite'
  | 'conformance'
  | CheckpointErrorCode;

/** Everything that can be wrong with a checkpoint, by code. */
export type CheckpointErrorCode = (typeof CHECKPOINT_ERROR_CODES)[number];

const CHECKPOINT_ERROR_CODES = [
  'checkpoint-not-found',
  'checkpoint-unreadable',
  'checkpoint-corrupt',
  'tokenizer-mismatch',
  'not-a-model',
  'pytorch-weights',
  'unsupported-weights',
  'gguf-file',
  'peft-adapter',
  'unsupported-adapter',
  'adapter-mismatch',
  'unfinished-run',
  'tokenizer-only',
  'prepared-data',
  'unsupported-architecture',
  'unsupported-type',
  'unsupported-tokenizer',
  'missing-tensor',
  'unexpected-tensor',
  'wrong-shape',
  'not-finite-weights',
  'beyond-range',
  'access-denied',
  'download-failed',
  'truncated-download',
  'wrong-content',
  'blocked-by-cors',
  'offline',
  'out-of-memory',
] as const;

/** Where in a checkpoint the fault is, and what it is; what applies is set. */
export interface CheckpointFault {
  readonly file: string;
  readonly tensor?: string;
  readonly expected?: string;
  readonly found?: string;
}

/** An error of @ais/language-model; `code` tells which, and the message names the thing and the remedy. */
export class LanguageModelError extends AisError<LanguageModelErrorCode> {
  static override readonly package: string = '@ais/language-model';
  static override readonly exits: Readonly<Record<string, ErrorExit>> = {
    'invalid-configuration': 'usage',
    'invalid-option': 'usage',
    'checkpoint-not-found': 'usage',
    'not-a-model': 'usage',
    'pytorch-weights': 'usage',
    'unsupported-weights': 'usage',
    'gguf-file': 'usage',
    'peft-adapter': 'usage',
    'unsupported-adapter': 'usage',
    'adapter-mismatch': 'usage',
    'unfinished-run': 'usage',
    'tokenizer-only': 'usage',
    'prepared-data': 'usage',
    'unsupported-architecture': 'usage',
    'unsupported-tokenizer': 'usage',
    'wrong-content': 'usage',
    'blocked-by-cors': 'usage',
  } satisfies Partial<Record<LanguageModelErrorCode, ErrorExit>>;
  override readonly name: string = 'LanguageModelError';
}

/** A checkpoint that cannot be read or written; `file`, `tensor`, `expected` and `found` say where and what. */
export class CheckpointError extends LanguageModelError implements CheckpointFault {
  static override readonly codes: readonly string[] = CHECKPOINT_ERROR_CODES;
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
  }
}

/** For NaN or infinity in what a model computes. */
export function notFinite(): LanguageModelError {
  return new LanguageModelError(
    'not-finite',
    'the model computes NaN or infinity. Its weights are damaged or too large; go back to an earlier checkpoint.',
  );
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
