/** Settings of a study that are not valid. */
export class StudySettingsError extends Error {
  // A kind of wrong usage, told apart by this name.
  override readonly name = 'ConfigurationError';
  constructor(problems: string) {
    super(`@ais/studies: the settings of the study are not valid. ${problems}`);
  }
}

export class UnknownStudyError extends Error {
  override readonly name = 'ConfigurationError';
  constructor(what: 'study' | 'scale', name: string, known: readonly string[]) {
    super(`@ais/studies: there is no ${what} "${name}". Use one of: ${known.join(', ')}.`);
  }
}

/** Some stages of a study failed; the others were finished, and what they showed was written. */
export class StudyFailedError extends Error {
  override readonly name = 'StudyFailedError';
  /** What went wrong, by the stage's title. */
  readonly failures: readonly { readonly title: string; readonly error: Error }[];
  constructor(failures: StudyFailedError['failures'], written: string) {
    const lines = failures.map(({ title, error }) => `  ${title}: ${error.message}`);
    super(
      `@ais/studies: ${failures.length === 1 ? 'a stage' : `${failures.length} stages`} failed:\n${lines.join('\n')}\n${written}`,
      { cause: failures[0]?.error },
    );
    this.failures = failures;
  }
}
