import type { Claim } from '../data/study-data.js';

/** A verdict in words, with when it was decided, and a warning where the claim was made up afterwards. */
export function verdictText({ verdict, look, looks, seeds, foundAfterwards }: Claim): string {
  const when =
    look && looks
      ? `, ${verdict === 'open' ? 'after' : 'decided at'} look ${look} of ${looks.length} (${seeds.length} seeds)`
      : '';
  return `${verdict}${when}${foundAfterwards ? ', found afterwards' : ''}`;
}
