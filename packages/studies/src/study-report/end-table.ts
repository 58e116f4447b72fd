import type { ReportedPoint } from '../data/reported.js';
import type { PolicyStudyData } from '../data/study-data.js';
import { studyWords } from '../data/study-words.js';
import {
  equalLengthEstimate,
  lengthEstimate,
  rateEstimate,
  squareRootKlEstimate,
} from '../measures/point-estimates.js';
import { alongEpoch, ends, leastBeta } from '../measures/study-lines.js';
import { decimal, percent } from '../report/number-format.js';
import { reportedSweeps } from './reported-sweeps.js';

/** What the policies of a study came to. */
export interface EndTable {
  readonly columns: readonly string[];
  readonly rows: readonly EndRow[];
}

/** What a method came to at one β. */
export interface EndRow {
  /** Of the method's mark; the SFT model has none. */
  readonly position?: number;
  /** As text, one for each column; the method's title first. */
  readonly cells: readonly string[];
}

/** A column about the evaluations at one end, one for each seed and in their order. */
interface Column {
  readonly name: string;
  readonly text: (points: readonly ReportedPoint[]) => string;
}

const columns: readonly Column[] = [
  { name: 'win rate', text: (points) => percent(rateEstimate(points).value) },
  { name: '95 % interval', text: (points) => interval(rateEstimate(points)) },
  {
    name: 'by seed',
    text: (points) => points.map(({ winRate }) => decimal(100 * winRate.rate, 1)).join(', '),
  },
  { name: '√KL', text: (points) => decimal(squareRootKlEstimate(points).value) },
  { name: 'mean length', text: (points) => decimal(lengthEstimate(points).value, 1) },
  {
    name: 'win rate at equal length',
    text: (points) => {
      const equal = equalLengthEstimate(points);
      return equal ? `${percent(equal.value)} (${interval(equal)})` : '–';
    },
  },
];

/** Of training runs, whose judge was compared with labels. */
const agreement: Column = {
  name: 'judge agrees with labels',
  text: ([point]) => {
    if (!point?.agreement) return '–';
    const { rate, pairs, kappa, ...ends } = point.agreement;
    return `${percent(rate)} of ${pairs} (${interval(ends)}), κ ${decimal(kappa)}`;
  },
};

/** The SFT model, where every run starts, and the end of training of every method at every β, over all seeds. */
export function endTable(study: PolicyStudyData): EndTable {
  const sweeps = reportedSweeps(study);
  const [first] = sweeps;
  const start = first && alongEpoch(leastBeta(first))[0];
  const compared = study.runs.some(({ points }) => points.some((point) => point.agreement));
  const shown = compared ? [...columns, agreement] : columns;
  const row = (method: string, beta: string, points: readonly ReportedPoint[]): string[] => [
    method,
    beta,
    ...shown.map(({ text }) => text(points)),
  ];
  return {
    columns: ['method', 'β', ...shown.map(({ name }) => name)],
    rows: [
      ...(start?.[0]?.fraction === 0 ? [{ cells: row(studyWords(study).start, '–', start) }] : []),
      ...sweeps.flatMap(({ title, position, lines }) =>
        lines.map((line) => ({ position, cells: row(title, String(line.beta), ends(line)) })),
      ),
    ],
  };
}

function interval({ low, high }: { readonly low: number; readonly high: number }): string {
  return `${decimal(100 * low, 1)} to ${decimal(100 * high, 1)}`;
}
