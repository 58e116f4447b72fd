import { AisError } from '@ais/runtime/errors';

/** What went wrong with a benchmark, told apart by `code`. */
export type BenchmarkErrorCode = 'python-absent' | 'packages-absent' | 'side-failed' | 'sides-differ';

/** A benchmark that cannot continue; its message says what would change that. */
export class BenchmarkError extends AisError<BenchmarkErrorCode> {
  static override readonly package: string = '@ais/benchmarks';
  override readonly name: string = 'BenchmarkError';
}
