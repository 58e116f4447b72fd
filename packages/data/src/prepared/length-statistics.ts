/** How long things are, in tokens. */
export interface LengthStatistics {
  count: number;
  /** Tokens in all. */
  total: number;
  shortest: number;
  median: number;
  /** 90 and 99 of 100 are at most so long. */
  p90: number;
  p99: number;
  longest: number;
  /** Equal bins from the shortest to the longest, at most 24; `from` and `to` are both in the bin. */
  histogram: { from: number; to: number; count: number }[];
}

const BINS = 24;

/**
 * Describes lengths by exact quantiles (the least length that so large a share does not exceed) and a histogram.
 *
 * @param counts of each length, a whole number from 0, how often it is there
 * @returns the statistics; zeros and an empty histogram where there are no lengths
 */
export function lengthStatistics(counts: ReadonlyMap<number, number>): LengthStatistics {
  const sorted = [...counts].sort(([a], [b]) => a - b);
  const count = sorted.reduce((sum, [, times]) => sum + times, 0);
  const quantile = (share: number): number => {
    let before = 0;
    for (const [length, times] of sorted) {
      before += times;
      if (before >= share * count) return length;
    }
    return 0;
  };
  const [shortest, longest] = [sorted[0]?.[0] ?? 0, sorted.at(-1)?.[0] ?? 0];
  return {
    count,
    total: sorted.reduce((sum, [length, times]) => sum + length * times, 0),
    shortest,
    median: quantile(0.5),
    p90: quantile(0.9),
    p99: quantile(0.99),
    longest,
    histogram: histogramOf(sorted, shortest, longest),
  };
}

function histogramOf(
  sorted: readonly (readonly [length: number, times: number])[],
  shortest: number,
  longest: number,
): LengthStatistics['histogram'] {
  if (sorted.length === 0) return [];
  const width = Math.ceil((longest - shortest + 1) / BINS);
  const bins: LengthStatistics['histogram'] = [];
  for (let from = shortest; from <= longest; from += width) {
    bins.push({ from, to: Math.min(from + width - 1, longest), count: 0 });
  }
  for (const [length, times] of sorted) {
    const bin = bins[Math.floor((length - shortest) / width)];
    if (bin) bin.count += times;
  }
  return bins;
}
