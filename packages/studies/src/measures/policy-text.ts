import type { ReportedPoint } from '../data/reported.js';
import { decimal, percent } from '../report/number-format.js';
import { lengthEstimate, rateEstimate, squareRootKlEstimate } from './point-estimates.js';

/** What hovering an evaluation shows, over all seeds. */
export function evaluationText(title: string, where: string, points: readonly ReportedPoint[]): string {
  const { value, low, high } = rateEstimate(points);
  return (
    `${title}, ${where}: win rate ${percent(value)} (95 % interval ${decimal(100 * low, 1)} to ${decimal(100 * high, 1)}), ` +
    `√KL ${decimal(squareRootKlEstimate(points).value)}, mean length ${decimal(lengthEstimate(points).value, 1)} tokens`
  );
}
