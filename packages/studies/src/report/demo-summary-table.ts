import Table from 'cli-table3';
import type { DemoReportData, ReportedPoint } from './demo-report-data.js';
import { methodResults, squareRootKl } from './method-result.js';
import { decimal, percent } from './number-format.js';

/**
 * The demo's result as a table for a terminal: win rates against the reference summaries and what they cost.
 *
 * Plain text without colors, about 100 columns wide.
 *
 * @param data what the report shows
 * @returns several lines, the last without a line break
 * @throws {ReportDataError} if there is no method, two have one name, or one has no evaluation
 */
export function demoSummaryTable(data: DemoReportData): string {
  const table = new Table({
    head: ['method', 'win rate at end', '95 % interval', 'peak', 'peak at', '√KL at end', 'mean length'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  if (data.sft) table.push(row('SFT', data.sft, ['', '']));
  for (const { name, end, peak } of methodResults(data)) {
    table.push(row(name, end, [percent(peak.winRate.rate), `${percent(peak.fraction, 0)} of epoch`]));
  }
  return table.toString();
}

function row(name: string, end: ReportedPoint, peak: readonly [string, string]): string[] {
  const { rate, low, high } = end.winRate;
  return [
    name,
    percent(rate),
    `${decimal(100 * low, 1)}–${decimal(100 * high, 1)} %`,
    ...peak,
    decimal(squareRootKl(end)),
    decimal(end.meanLength, 1),
  ];
}
