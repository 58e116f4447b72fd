/** What went wrong with a benchmark, told apart by `code`. */
export type BenchmarkErrorCode = 'python-absent' | 'packages-absent' | 'side-failed' | 'sides-differ';

/** A benchmark that cannot go on; its message says what would change that. */
export class BenchmarkError extends Error {
  override readonly name = 'BenchmarkError';
  readonly code: BenchmarkErrorCode;

  constructor(code: BenchmarkErrorCode, message: string, options?: ErrorOptions) {
    super(`@ais/benchmarks: ${message}`, options);
    this.code = code;
  }
}
