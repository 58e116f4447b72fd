import Table from 'cli-table3';
import type { DemoReportData, ReportedPoint } from './demo-report-data.js';
import { decimal, percent } from './number-format.js';

/** The last evaluation of a method. */
export function lastPoint(points: readonly ReportedPoint[]): ReportedPoint {
  const last = points.at(-1);
  if (!last)
    throw new RangeError('@ais/studies: a method of the report has no evaluation; give one at least.');
  return last;
}

/** The evaluation with the highest win rate, the first of equals. */
export function peakPoint(points: readonly ReportedPoint[]): ReportedPoint {
  return points.reduce(
    (best, point) => (point.winRate.rate > best.winRate.rate ? point : best),
    points[0] ?? lastPoint(points),
  );
}

/**
 * The demo's result as a table for a terminal: win rates against the reference summaries and what they cost.
 *
 * Plain text without colors, about 100 columns wide.
 *
 * @param data what the report shows
 * @returns several lines, the last without a line break
 */
export function demoSummaryTable(data: DemoReportData): string {
  const table = new Table({
    head: ['method', 'win rate at end', '95 % interval', 'peak', 'peak at', '√KL at end', 'mean length'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  if (data.sft) table.push(row('SFT', [data.sft]));
  for (const method of data.methods) table.push(row(method.name, method.points));
  return table.toString();
}

function row(name: string, points: readonly ReportedPoint[]): string[] {
  const last = lastPoint(points);
  const peak = peakPoint(points);
  const { rate, low, high } = last.winRate;
  const single = points.length === 1;
  return [
    name,
    percent(rate),
    `${decimal(100 * low, 1)}–${decimal(100 * high, 1)} %`,
    single ? '' : percent(peak.winRate.rate),
    single ? '' : `${percent(peak.fraction, 0)} of epoch`,
    decimal(Math.sqrt(Math.max(0, last.kl.mean))),
    decimal(last.meanLength, 1),
  ];
}
