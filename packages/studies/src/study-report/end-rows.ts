import { decimal, percent } from '../report/number-format.js';
import type { PolicyStudyData } from '../study/study-data.js';
import {
  equalLengthEstimate,
  lengthEstimate,
  rateEstimate,
  squareRootKlEstimate,
} from './point-estimates.js';
import { ends, studySweeps } from './study-lines.js';

/** What a method came to at one β, as text. */
export interface EndRow {
  readonly position: number;
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

/** The end of the epoch of every method at every β, over all seeds. */
export function endRows(study: PolicyStudyData): EndRow[] {
  return studySweeps(study).flatMap(({ title, position, lines }) =>
    lines.map((line) => {
      const points = ends(line);
      const { value, low, high } = rateEstimate(points);
      const equal = equalLengthEstimate(points);
      return {
        position,
        method: title,
        beta: String(line.beta),
        winRate: percent(value),
        interval: `${decimal(100 * low, 1)} to ${decimal(100 * high, 1)}`,
        perSeed: points.map(({ winRate }) => decimal(100 * winRate.rate, 1)).join(', '),
        squareRootKl: decimal(squareRootKlEstimate(points).value),
        length: decimal(lengthEstimate(points).value, 1),
        equalLength: equal
          ? `${percent(equal.value)} (${decimal(100 * equal.low, 1)} to ${decimal(100 * equal.high, 1)})`
          : '–',
      };
    }),
  );
}
