/** A run directory that cannot be used as asked. */
export class RunDirectoryError extends Error {
  override readonly name = 'RunDirectoryError';
}
