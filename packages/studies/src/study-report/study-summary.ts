import Table from 'cli-table3';
import type { PolicyStudyData } from '../data/study-data.js';
import { endColumns, endRows } from './end-rows.js';

/** The end of the epoch in numbers, as a table for a terminal. */
export function studySummary(study: PolicyStudyData): string {
  const table = new Table({ head: [...endColumns], style: { head: [], border: [] } });
  for (const { method, beta, winRate, interval, perSeed, squareRootKl, length, equalLength } of endRows(
    study,
  )) {
    table.push([method, beta, winRate, interval, perSeed, squareRootKl, length, equalLength]);
  }
  return table.toString();
}
