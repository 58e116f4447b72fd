import Table from 'cli-table3';
import { type ExactStudyData, isExactStudy, type PolicyStudyData } from '../data/study-data.js';
import { tables } from '../exact/tables.js';
import type { StudyTable } from '../study/study.js';
import { endTable } from './end-table.js';

/**
 * The end of training in numbers, or the exact study's tables, for a terminal.
 *
 * @example
 * console.log(studySummary(data).includes('DPO')); // true
 */
export function studySummary(study: PolicyStudyData | ExactStudyData): string {
  if (isExactStudy(study)) {
    return tables(study)
      .map((each) => `${each.title}\n${terminalTable(each)}`)
      .join('\n\n');
  }
  const { columns, rows } = endTable(study);
  return terminalTable({ columns, rows: rows.map(({ cells }) => cells) });
}

function terminalTable({ columns, rows }: Omit<StudyTable, 'title'>): string {
  const table = new Table({ head: [...columns], style: { head: [], border: [] } });
  for (const cells of rows) table.push([...cells]);
  return table.toString();
}
