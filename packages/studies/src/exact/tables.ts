import type { ClaimVerdict, ExactStudyData } from '../data/study-data.js';
import { decimal } from '../report/number-format.js';
import type { StudyTable } from '../study/study.js';
import { arms } from './arms.js';
import { comparisons, type ExactEstimate, type ExactRow, exactRows, shifts } from './exact-row.js';
import { armTitle, comparisonTitles, effectTitles, shiftTitles } from './exact-words.js';
import { findRows, mainRow } from './find-rows.js';

/** The decomposition at the base, and how many cells of the map have each verdict. */
export function tables(study: ExactStudyData): StudyTable[] {
  return [decomposition(study), tally(study)].filter(({ rows }) => rows.length > 0);
}

function decomposition(study: ExactStudyData): StudyTable {
  const { length, context, pairs, beta } = study.base;
  const columns = ['method less DPO', 'KL, nats', 'gold, standard deviations', 'win rate, points'];
  const atKl = (['kl-in-training', 'kl-over-beta', 'half-kl-over-beta'] as const).map((at) => ({
    at,
    title: `points at ${comparisonTitles[at]}`,
  }));
  return {
    title: `The decomposition at T = ${length}, context ${context}, N = ${pairs}, β = ${beta}`,
    columns: [...columns, ...atKl.map(({ title }) => title), 'seeds'],
    rows: arms.flatMap(({ name, title }) => {
      const steps = mainRow(study, { arm: name, at: 'steps' });
      if (!steps) return [];
      const there = atKl.map(({ at }) => {
        const row = mainRow(study, { arm: name, at });
        return row ? estimateText(row.win, 100, 1) : '–';
      });
      return [
        [
          title,
          estimateText(steps.kl),
          estimateText(steps.gold),
          estimateText(steps.win, 100, 1),
          ...there,
          String(steps.seeds),
        ],
      ];
    }),
  };
}

function tally({ exact }: ExactStudyData): StudyTable {
  const rows = exactRows(exact);
  const grid = findRows(rows, { part: 'grid' });
  const effects: readonly ClaimVerdict[] = ['shown', 'equivalent', 'refuted', 'open'];
  const count = (cells: readonly ExactRow[], verdict: ClaimVerdict): string =>
    String(cells.filter((row) => row.verdict === verdict).length);
  return {
    title: 'The map in numbers: cells of the grid in which a method helps, makes no difference, or hurts',
    columns: ['method', 'data', 'compared at', ...effects.map((effect) => effectTitles[effect])],
    rows: arms.flatMap(({ name: arm }) =>
      shifts.flatMap((shift) =>
        comparisons.flatMap((at) => {
          const cells = findRows(grid, { arm, shift, at });
          if (cells.length === 0) return [];
          return [
            [
              armTitle(arm),
              shiftTitles[shift],
              comparisonTitles[at],
              ...effects.map((each) => count(cells, each)),
            ],
          ];
        }),
      ),
    ),
  };
}

/** `+0.25 ± 0.04`. */
export function estimateText({ value, half }: ExactEstimate, factor: number = 1, digits: number = 2): string {
  const sign = value < 0 ? '' : '+';
  return `${sign}${decimal(factor * value, digits)} ± ${decimal(factor * half, digits)}`;
}
