import { meanOverSeeds } from '@ais/gold-eval';
import type { ReportedPoint } from '../report/demo-report-data.js';
import type { PolicyStudyData } from '../study/study-data.js';
import type { Numbers } from './claim-decision.js';
import { findSweep, fixedAlphas } from './find-sweep.js';
import { chosen, type MeasuredNumber, measured } from './measured-number.js';
import { fallAlongEpoch } from './peak-measures.js';
import { outcomesOf, squareRootKlDifference, squareRootKlEstimate } from './point-estimates.js';
import { ends, leastBeta, type StudySweep } from './study-lines.js';
import { differenceAtEnd } from './win-rate-measures.js';

/**
 * What the fixed values of α give at the end of the epoch: who wins most, who moves least, and the adaptive α beside; and
 * how far each has fallen since its peak.
 */
export function fixedAlphaNumbers(
  study: PolicyStudyData,
): { rates: Numbers; kls: Numbers; falls: Numbers; adaptive: Numbers | undefined } | undefined {
  const fixed = fixedAlphas(study);
  const none = fixed[0];
  const largest = fixed.at(-1);
  if (!none || !largest || none.alpha !== 0 || fixed.length < 3) return undefined;
  const points = ({ sweep }: { sweep: StudySweep }): ReportedPoint[] => ends(leastBeta(sweep));
  const rate = (one: { sweep: StudySweep }): number => meanOverSeeds(outcomesOf(points(one))).value;
  const root = (one: { sweep: StudySweep }): number => squareRootKlEstimate(points(one)).value;
  const best = fixed.reduce((most, one) => (rate(one) > rate(most) ? one : most));
  const least = fixed.reduce((most, one) => (root(one) < root(most) ? one : most));
  // The best was picked among all: its comparisons must hold at once for each that could have been.
  const confidence = 1 - 0.05 / (fixed.length - 1);
  const over = (one: { sweep: StudySweep }, other: { sweep: StudySweep }): MeasuredNumber => ({
    ...differenceAtEnd(one.sweep, other.sweep, confidence),
    method: 'over seeds and prompts, t, at Bonferroni’s confidence for the choice of α',
  });
  const falls = fixed.map(({ alpha, sweep }) => ({ alpha, ...fallAlongEpoch(sweep) }));
  const weighted = falls.filter(({ alpha }) => alpha > 0);
  // If the interval that reaches highest ends below a bound, all do.
  const worst = weighted.reduce((most, one) => (one.fall.high > most.fall.high ? one : most));
  const adaptive = findSweep(study, { objective: 'dpo', importance: 'adaptive', behavior: false });
  const rates = Object.fromEntries(
    fixed.map((one) => [
      `rate${one.alpha}`,
      measured(`the win rate at α = ${one.alpha}`, 'share', meanOverSeeds(outcomesOf(points(one)))),
    ]),
  );
  const roots = Object.fromEntries(
    fixed.map((one) => [
      `kl${one.alpha}`,
      measured(`√KL at α = ${one.alpha}`, 'square root of nats', squareRootKlEstimate(points(one))),
    ]),
  );
  const apart = (name: string, one: { sweep: StudySweep }): MeasuredNumber =>
    measured(name, 'square root of nats', squareRootKlDifference(points(one), points(least), confidence));
  return {
    rates: {
      best: chosen('the α that wins most', 'number', best.alpha),
      overNone: over(best, none),
      overLargest: over(best, largest),
      ...rates,
    },
    kls: {
      least: chosen('the α of the least KL', 'number', least.alpha),
      underNone: apart(`√KL at α = 0 less that at α = ${least.alpha}`, none),
      underLargest: apart(`√KL at α = ${largest.alpha} less that at α = ${least.alpha}`, largest),
      ...roots,
    },
    falls: {
      worst: {
        ...worst.fall,
        name: `the fall since the peak that could be the largest, at α = ${worst.alpha}`,
      },
      ...(weighted[0] && { smallest: weighted[0].fall }),
      ...Object.fromEntries(falls.map(({ alpha, fall }) => [`fall${alpha}`, fall])),
    },
    adaptive: adaptive && {
      overBest: over({ sweep: adaptive }, best),
      overNone: differenceAtEnd(adaptive, none.sweep),
    },
  };
}
