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
 * @param lengths whole numbers from 0
 * @returns the statistics; zeros and an empty histogram where there are no lengths
 */
export function lengthStatistics(lengths: Iterable<number>): LengthStatistics {
  const sorted = Uint32Array.from(lengths).sort();
  const count = sorted.length;
  const quantile = (share: number): number => sorted[Math.max(0, Math.ceil(share * count) - 1)] ?? 0;
  const [shortest, longest] = [sorted[0] ?? 0, sorted[count - 1] ?? 0];
  return {
    count,
    total: sorted.reduce((sum, length) => sum + length, 0),
    shortest,
    median: quantile(0.5),
    p90: quantile(0.9),
    p99: quantile(0.99),
    longest,
    histogram: histogramOf(sorted, shortest, longest),
  };
}

function histogramOf(lengths: Uint32Array, shortest: number, longest: number): LengthStatistics['histogram'] {
  if (lengths.length === 0) return [];
  const width = Math.ceil((longest - shortest + 1) / BINS);
  const bins: LengthStatistics['histogram'] = [];
  for (let from = shortest; from <= longest; from += width) {
    bins.push({ from, to: Math.min(from + width - 1, longest), count: 0 });
  }
  for (const length of lengths) {
    const bin = bins[Math.floor((length - shortest) / width)];
    if (bin) bin.count++;
  }
  return bins;
}
