import type { ExactStudyData } from '../data/study-data.js';
import { exactRows } from '../exact/exact-row.js';
import { armTitle, comparisonTitles, effectTitles } from '../exact/exact-words.js';
import { csv } from '../report/csv.js';

/** One row per world, method, β, and way to compare; `beta` is empty where it is over all β. */
export function exactCsv({ exact }: Pick<ExactStudyData, 'exact'>): string {
  const ends = ({ value, half }: { readonly value: number; readonly half: number }): number[] =>
    [value, value - half, value + half].map((end) => Number(end.toFixed(5)));
  return csv(
    exactRows(exact).map(({ part, length, context, pairs, flips, beta, shift, arm, at, ...found }) => {
      const [win = '', winLow = '', winHigh = ''] = ends(found.win);
      const [gold = '', goldLow = '', goldHigh = ''] = ends(found.gold);
      const [kl = '', klLow = '', klHigh = ''] = ends(found.kl);
      return {
        part,
        length,
        context,
        pairs,
        flips,
        beta: beta || '',
        shift,
        method: armTitle(arm),
        compared_at: comparisonTitles[at],
        win,
        win_low: winLow,
        win_high: winHigh,
        gold,
        gold_low: goldLow,
        gold_high: goldHigh,
        kl,
        kl_low: klLow,
        kl_high: klHigh,
        seeds: found.seeds,
        look: found.look || '',
        effect: arm === 'dpo' ? '' : effectTitles[found.verdict],
      };
    }),
  );
}
