import type { Claim } from '../data/study-data.js';

/** A verdict in words, with when it was decided, and a warning where the claim was made up afterwards. */
export function verdictText({ verdict, look, looks, seeds, foundAfterwards }: Claim): string {
  const reached =
    look === 0 ? 'before look 1' : `${verdict === 'open' ? 'after' : 'decided at'} look ${look}`;
  const when = looks
    ? `, ${reached} of ${looks.length} (${seeds.length === 1 ? 'one seed' : `${seeds.length} seeds`})`
    : '';
  return `${verdict}${when}${foundAfterwards ? ', found afterwards' : ''}`;
}
