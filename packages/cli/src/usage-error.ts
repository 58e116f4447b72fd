/** The command line or its configuration was wrong: the command ends with exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
