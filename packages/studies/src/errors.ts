import { AisError, type ErrorExit } from '@ais/runtime/errors';

/** Everything that can go wrong in @ais/studies beyond what the packages below it throw, by code. */
export type StudyErrorCode =
  | 'unknown-study'
  | 'invalid-study'
  | 'invalid-settings'
  | 'another-study'
  | 'another-judge'
  | 'changed-file'
  | 'folder-in-use'
  | 'invalid-data'
  | 'no-fast-backend'
  | 'too-little-memory'
  | 'nothing-to-report'
  | 'outside-root'
  | 'stages-failed';

const usage: ErrorExit = 'usage';

/** An error of @ais/studies; `code` tells which, and the message names the remedy. */
export class StudyError extends AisError<StudyErrorCode> {
  static override readonly package: string = '@ais/studies';
  static override readonly exits: Readonly<Record<string, ErrorExit>> = {
    'unknown-study': usage,
    'invalid-study': usage,
    'invalid-settings': usage,
    'another-study': usage,
    'another-judge': usage,
    'changed-file': usage,
  } satisfies Partial<Record<StudyErrorCode, ErrorExit>>;
  override readonly name: string = 'StudyError';
}

/** Some stages of a study failed; the others were finished, and what they showed was written. */
export class StagesFailed extends StudyError {
  static override readonly codes: readonly string[] = ['stages-failed'];
  override readonly name: string = 'StagesFailed';
  /** What went wrong, by the stage's title. */
  readonly failures: readonly { readonly title: string; readonly error: Error }[];

  constructor(failures: StagesFailed['failures'], written: string) {
    const lines = failures.map(({ title, error }) => `  ${title}: ${error.message}`);
    const what = failures.length === 1 ? 'a stage' : `${failures.length} stages`;
    super('stages-failed', `${what} failed:\n${lines.join('\n')}\n${written}`, { cause: failures[0]?.error });
    this.failures = failures;
  }
}
