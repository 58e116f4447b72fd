import type { TokenizedPair } from '@ais/data';

/** A preference pair with what keeps it on one side of a split. */
export interface PreferencePair extends TokenizedPair {
  readonly family?: string;
}
