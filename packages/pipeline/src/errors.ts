import { AisError, type ErrorExit } from '@ais/runtime/errors';

/** Everything that can go wrong in @ais/pipeline beyond what the packages below it throw, by code. */
export type PipelineErrorCode =
  | 'invalid-setting'
  | 'unknown-setting'
  | 'missing-setting'
  | 'unreadable-file'
  | 'invalid-plugin'
  | 'too-little-text'
  | 'nothing-to-evaluate'
  | 'another-tokenizer'
  | 'not-allowed'
  | 'changed-input'
  | 'conversation-too-long';

const usage: ErrorExit = 'usage';

/** An error of @ais/pipeline; `code` tells which, and the message names the setting or the file, and the remedy. */
export class PipelineError extends AisError<PipelineErrorCode> {
  static override readonly package: string = '@ais/pipeline';
  static override readonly exits: Readonly<Record<string, ErrorExit>> = {
    'invalid-setting': usage,
    'unknown-setting': usage,
    'missing-setting': usage,
    'unreadable-file': usage,
    'invalid-plugin': usage,
    'too-little-text': usage,
    'nothing-to-evaluate': usage,
    'another-tokenizer': usage,
    'not-allowed': usage,
  } satisfies Partial<Record<PipelineErrorCode, ErrorExit>>;
  override readonly name: string = 'PipelineError';
  /** The setting, as a path: `training.learningRate`; absent where none is at fault. */
  readonly key: string | undefined;

  constructor(
    code: PipelineErrorCode,
    message: string,
    options: ErrorOptions & { readonly key?: string } = {},
  ) {
    super(code, message, options);
    this.key = options.key;
  }
}
