import { AisError, type ErrorExit } from '@ais/runtime/errors';

/** Everything that can go wrong in @ais/distributed, by code. */
export type DistributedErrorCode = 'no-library' | 'not-open-mpi' | 'mpi-failed';

/** An error of @ais/distributed; `code` tells which, and the message names the remedy. */
export class DistributedError extends AisError<DistributedErrorCode> {
  static override readonly package: string = '@ais/distributed';
  static override readonly exits: Readonly<Record<string, ErrorExit>> = {
    'no-library': 'usage',
    'not-open-mpi': 'usage',
  } satisfies Partial<Record<DistributedErrorCode, ErrorExit>>;
  override readonly name: string = 'DistributedError';
}
