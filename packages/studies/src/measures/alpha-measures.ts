import { meanOverSeeds, peakOverSeeds } from '@ais/gold-eval';
import type { Numbers } from '../claims/claim-decision.js';
import type { ReportedPoint } from '../data/reported.js';
import type { PolicyStudyData } from '../data/study-data.js';
import { findSweep, fixedAlphas } from './find-sweep.js';
import { chosen, type MeasuredNumber, measured } from './measured-number.js';
import { differenceOfPeaks, fallAlongEpoch, simultaneous } from './peak-measures.js';
import { outcomesOf, squareRootKlDifference, squareRootKlEstimate } from './point-estimates.js';
import { ends, epochCurves, leastBeta, type StudySweep } from './study-lines.js';
import { differenceAtEnd } from './win-rate-measures.js';

interface FixedAlpha {
  readonly alpha: number;
  readonly sweep: StudySweep;
}

/**
 * What the fixed values of α give: the best win rate along the epoch, √KL at its end, how far each has fallen since its peak,
 * and the adaptive α beside.
 *
 * @returns undefined where α = 0 or one of two others is missing
 */
export function fixedAlphaNumbers(
  study: PolicyStudyData,
): { rates: Numbers; kls: Numbers; falls: Numbers; adaptive: Numbers | undefined } | undefined {
  const fixed = fixedAlphas(study);
  const [none, smallest] = fixed;
  const largest = fixed.at(-1);
  if (!none || !smallest || !largest || none.alpha !== 0 || fixed.length < 3) return undefined;
  const adaptive = findSweep(study, {
    objective: 'dpo',
    importance: 'inverse-length',
    behavior: 'reference',
  });
  return {
    rates: bestRates(fixed, none, smallest, largest),
    kls: distances(fixed, none, largest),
    falls: falls(fixed),
    adaptive: adaptive && besideAdaptive(adaptive, fixed, none),
  };
}

/** The highest win rates along the epoch. The α that are compared are chosen beforehand: the least above 0, 0, and the largest. */
function bestRates(
  fixed: readonly FixedAlpha[],
  none: FixedAlpha,
  smallest: FixedAlpha,
  largest: FixedAlpha,
): Numbers {
  const peaks = fixed.map((one) => ({ ...one, rate: peakOverSeeds(curvesOf(one)).rate }));
  const best = peaks.reduce((most, one) => (one.rate.value > most.rate.value ? one : most));
  const over = (other: FixedAlpha): MeasuredNumber => {
    const named = (one: FixedAlpha) => ({ title: `α = ${one.alpha}`, curves: curvesOf(one) });
    return differenceOfPeaks(named(smallest), named(other)).rate;
  };
  return {
    best: chosen('the α of the best win rate along the epoch', 'number', best.alpha),
    overNone: over(none),
    overLargest: over(largest),
    ...Object.fromEntries(
      peaks.map(({ alpha, rate }) => [
        `rate${alpha}`,
        measured(`the best win rate along the epoch at α = ${alpha}`, 'share', rate, simultaneous),
      ]),
    ),
  };
}

/** √KL at the end of the epoch, compared with that at the α nearest to 0.1. */
function distances(fixed: readonly FixedAlpha[], none: FixedAlpha, largest: FixedAlpha): Numbers {
  const root = (one: FixedAlpha): number => squareRootKlEstimate(pointsOf(one)).value;
  const least = fixed.reduce((most, one) => (root(one) < root(most) ? one : most));
  const middle = fixed.reduce((most, one) =>
    Math.abs(one.alpha - 0.1) < Math.abs(most.alpha - 0.1) ? one : most,
  );
  const above = (one: FixedAlpha): MeasuredNumber =>
    measured(
      `√KL at α = ${one.alpha} less that at α = ${middle.alpha}`,
      'square root of nats',
      squareRootKlDifference(pointsOf(one), pointsOf(middle)),
    );
  return {
    least: chosen('the α of the least KL', 'number', least.alpha),
    underNone: above(none),
    underLargest: above(largest),
    ...Object.fromEntries(
      fixed.map((one) => [
        `kl${one.alpha}`,
        measured(`√KL at α = ${one.alpha}`, 'square root of nats', squareRootKlEstimate(pointsOf(one))),
      ]),
    ),
  };
}

function falls(fixed: readonly FixedAlpha[]): Numbers {
  const found = fixed.map(({ alpha, sweep }) => ({ alpha, fall: fallAlongEpoch(sweep).fall }));
  const weighted = found.filter(({ alpha }) => alpha > 0);
  // If the interval that reaches highest ends below a bound, all do.
  const worst = weighted.reduce((most, one) => (one.fall.high > most.fall.high ? one : most));
  return {
    worst: {
      ...worst.fall,
      name: `the fall since the peak that could be the largest, at α = ${worst.alpha}`,
    },
    ...(weighted[0] && { smallest: weighted[0].fall }),
    ...Object.fromEntries(found.map(({ alpha, fall }) => [`fall${alpha}`, fall])),
  };
}

/** The adaptive α less the fixed one that wins most at the end of the epoch, and less none. */
function besideAdaptive(adaptive: StudySweep, fixed: readonly FixedAlpha[], none: FixedAlpha): Numbers {
  const rate = (one: FixedAlpha): number => meanOverSeeds(outcomesOf(pointsOf(one))).value;
  const best = fixed.reduce((most, one) => (rate(one) > rate(most) ? one : most));
  // The best was picked among all: its comparison must hold at once for each that could have been.
  const confidence = 1 - 0.05 / (fixed.length - 1);
  return {
    overBest: {
      ...differenceAtEnd(adaptive, best.sweep, confidence),
      name: `${adaptive.title} less the fixed α that wins most, ${best.alpha}, at the end of the epoch`,
      method: 'over seeds and prompts, t, at Bonferroni’s confidence for the choice of α',
    },
    overNone: differenceAtEnd(adaptive, none.sweep),
    ...Object.fromEntries(
      fixed.map((one) => [
        `end${one.alpha}`,
        measured(
          `the win rate at the end of the epoch at α = ${one.alpha}`,
          'share',
          meanOverSeeds(outcomesOf(pointsOf(one))),
        ),
      ]),
    ),
  };
}

function pointsOf({ sweep }: FixedAlpha): ReportedPoint[] {
  return ends(leastBeta(sweep));
}

function curvesOf({ sweep }: FixedAlpha): ReturnType<typeof epochCurves> {
  return epochCurves(leastBeta(sweep));
}
