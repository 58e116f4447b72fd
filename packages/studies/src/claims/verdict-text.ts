import type { Claim } from '../data/study-data.js';

/** A verdict in words, with whether it could still change. */
export function verdictText({
  verdict,
  settled,
  contradicted,
}: Pick<Claim, 'verdict' | 'settled' | 'contradicted'>): string {
  if (settled) return verdict;
  return verdict === 'does not hold' && contradicted
    ? `${verdict}, in part perhaps`
    : `${verdict}, not settled`;
}
