import type { ExactStudyData } from '../data/study-data.js';
import { type ExactRow, exactRows } from './exact-row.js';

/** Values that rows must have; of contexts that see all of a response, `full` and their number are the same. */
export type RowQuery = Partial<
  Pick<ExactRow, 'part' | 'length' | 'context' | 'pairs' | 'flips' | 'beta' | 'shift' | 'arm' | 'at'>
>;

export function findRows(rows: readonly ExactRow[], query: RowQuery): ExactRow[] {
  const wanted = Object.entries(query) as [keyof RowQuery, unknown][];
  return rows.filter((row) => wanted.every(([key, value]) => row[key] === value));
}

/** The row of a main effect: the base of the study with other values of some factors. */
export function mainRow({ exact, base }: ExactStudyData, query: RowQuery): ExactRow | undefined {
  const isOverBeta = query.at === 'kl-over-beta' || query.at === 'half-kl-over-beta';
  const { beta, ...factors } = base;
  return findRows(exactRows(exact), {
    part: 'main',
    ...factors,
    shift: 'none',
    beta: isOverBeta ? 0 : beta,
    ...query,
  })[0];
}
