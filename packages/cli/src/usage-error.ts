import { AisError, type ErrorExit } from '@ais/runtime/errors';

/** The command line or its configuration is wrong: the command ends with exit status 2. */
export class UsageError extends AisError<'wrong-usage'> {
  static override readonly package: string = '@ais/cli';
  static override readonly exits: Readonly<Record<string, ErrorExit>> = { 'wrong-usage': 'usage' };
  override readonly name: string = 'UsageError';

  constructor(message: string) {
    super('wrong-usage', message);
  }
}
