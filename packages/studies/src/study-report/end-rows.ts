import type { ReportedPoint } from '../data/reported.js';
import type { PolicyStudyData } from '../data/study-data.js';
import {
  equalLengthEstimate,
  lengthEstimate,
  rateEstimate,
  squareRootKlEstimate,
} from '../measures/point-estimates.js';
import { alongEpoch, ends, leastBeta, studySweeps } from '../measures/study-lines.js';
import { decimal, percent } from '../report/number-format.js';

/** What a method came to at one β, as text. */
export interface EndRow {
  /** Of the method's mark; the SFT model has none. */
  readonly position?: number;
  readonly method: string;
  readonly beta: string;
  readonly winRate: string;
  readonly interval: string;
  /** Win rates of the seeds, in their order. */
  readonly perSeed: string;
  readonly squareRootKl: string;
  readonly length: string;
  /** The win rate predicted for responses as long as the reference summaries, with its interval. */
  readonly equalLength: string;
}

export const endColumns = [
  'method',
  'β',
  'win rate',
  '95 % interval',
  'by seed',
  '√KL',
  'mean length',
  'win rate at equal length',
] as const;

/** The SFT model, where every run starts, and the end of the epoch of every method at every β, over all seeds. */
export function endRows(study: PolicyStudyData): EndRow[] {
  const sweeps = studySweeps(study);
  const [first] = sweeps;
  const start = first && alongEpoch(leastBeta(first))[0];
  return [
    ...(start?.[0]?.fraction === 0 ? [{ method: 'SFT', beta: '–', ...columns(start) }] : []),
    ...sweeps.flatMap(({ title, position, lines }) =>
      lines.map((line) => ({ position, method: title, beta: String(line.beta), ...columns(ends(line)) })),
    ),
  ];
}

function columns(points: readonly ReportedPoint[]): Omit<EndRow, 'position' | 'method' | 'beta'> {
  const { value, low, high } = rateEstimate(points);
  const equal = equalLengthEstimate(points);
  return {
    winRate: percent(value),
    interval: `${decimal(100 * low, 1)} to ${decimal(100 * high, 1)}`,
    perSeed: points.map(({ winRate }) => decimal(100 * winRate.rate, 1)).join(', '),
    squareRootKl: decimal(squareRootKlEstimate(points).value),
    length: decimal(lengthEstimate(points).value, 1),
    equalLength: equal
      ? `${percent(equal.value)} (${decimal(100 * equal.low, 1)} to ${decimal(100 * equal.high, 1)})`
      : '–',
  };
}
