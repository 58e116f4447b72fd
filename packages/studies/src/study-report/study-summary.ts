import Table from 'cli-table3';
import type { PolicyStudyData } from '../data/study-data.js';
import { endTable } from './end-table.js';

/** The end of training in numbers, as a table for a terminal. */
export function studySummary(study: PolicyStudyData): string {
  const { columns, rows } = endTable(study);
  const table = new Table({ head: [...columns], style: { head: [], border: [] } });
  for (const { cells } of rows) table.push([...cells]);
  return table.toString();
}
