import type { MethodChart } from '../figures/method-chart.js';
import { csv } from '../report/csv.js';

/** What a figure draws, one row a point: its place, and the ends of its intervals where it has them. */
export function chartCsv({ methods, interval, xLabels, yLabels }: MethodChart): string {
  return csv(
    methods.flatMap(({ name, points }) =>
      points.map(({ x, y, low, high, xLow = '', xHigh = '' }) => ({
        method: name,
        x: onOneLine(xLabels?.[x]) ?? x,
        x_low: xLow,
        x_high: xHigh,
        y: onOneLine(yLabels?.[y]) ?? y,
        y_low: interval === 'none' ? '' : low,
        y_high: interval === 'none' ? '' : high,
      })),
    ),
  );
}

function onOneLine(label: string | undefined): string | undefined {
  return label?.replaceAll('\n', ' ');
}
