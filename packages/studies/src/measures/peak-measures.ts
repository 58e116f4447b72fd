import {
  bootstrapOverSeeds,
  fallOverSeeds,
  type SeedCurves,
  type SeedsEstimate,
  sampleMean,
  seedsInterval,
} from '@ais/gold-eval';
import type { ReportedPoint } from '../data/reported.js';
import { atCommonBetas } from './common-betas.js';
import { onCommonPrompts } from './common-prompts.js';
import { chosen, type MeasuredNumber, measured } from './measured-number.js';
import { squareRootKlDifference } from './point-estimates.js';
import {
  epochCurves,
  leastBeta,
  type StudySweep,
  type TradeOffPosition,
  tradeOff,
  tradeOffCurves,
} from './study-lines.js';

/** How far a method's mean win rate has fallen since its peak in training. */
export function fallAlongEpoch(sweep: StudySweep): MeasuredNumber {
  const found = fallOverSeeds(epochCurves(leastBeta(sweep)), sweep.confidence);
  return fromPeak(`the fall of ${sweep.title} since its peak`, found);
}

/** Where in training a method's mean win rate is highest. */
export function peakInTraining(sweep: StudySweep): MeasuredNumber {
  const curves = epochCurves(leastBeta(sweep));
  const peak = curves[0]?.[fallOverSeeds(curves).peakIndex]?.fraction ?? Number.NaN;
  return chosen(`the peak of ${sweep.title} in training`, 'share of training', peak);
}

/** How far a method's mean win rate rises in training, from the start to its peak. */
export function riseAlongEpoch(sweep: StudySweep): MeasuredNumber {
  // A rise to the peak is a fall from it, seen backwards.
  const backwards = epochCurves(leastBeta(sweep)).map((curve) => curve.toReversed());
  return fromPeak(
    `the rise of ${sweep.title} from the start of training to its peak`,
    fallOverSeeds(backwards, sweep.confidence),
  );
}

/** How far a method's win rate falls with rising KL beyond its best β. */
export function fallOverBeta(sweep: StudySweep): MeasuredNumber {
  const found = fallOverSeeds(tradeOffCurves(sweep), sweep.confidence);
  return fromPeak(`the fall of ${sweep.title} with more KL than at its best β`, found);
}

function fromPeak(name: string, found: SeedsEstimate): MeasuredNumber {
  const how =
    'over seeds and prompts, t, the lower end at Bonferroni’s confidence for the choice of the peak';
  return { ...measured(name, 'points', found, how), picked: true };
}

/** A method's trade-off between win rate and KL: its points of every seed, and the same on the prompts of both methods. */
interface TradeOff {
  readonly title: string;
  readonly positions: readonly TradeOffPosition[];
  readonly curves: SeedCurves;
}

/** Where a curve is highest on some prompts, and how high. */
function best(
  curve: SeedCurves[number],
  sample: Uint32Array,
): { readonly at: number; readonly rate: number } {
  return curve.reduce(
    (found, { outcomes = [] }, at) => {
      const rate = sampleMean(outcomes, sample);
      return rate > found.rate ? { at, rate } : found;
    },
    { at: -1, rate: -1 },
  );
}

/** The evaluation of each seed in which a method wins most. */
function bestEvaluations({ positions, curves }: TradeOff): ReportedPoint[] {
  return curves.flatMap((curve, seed) => {
    const prompts = Uint32Array.from({ length: curve[0]?.outcomes?.length ?? 0 }, (_, index) => index);
    return positions[best(curve, prompts).at]?.points[seed] ?? [];
  });
}

/** Difference of two methods' highest win rates, and of the √KL at which they are: noisy, to read. */
function differenceOfPeaks(
  first: TradeOff,
  second: TradeOff,
): { rate: MeasuredNumber; squareRootKl: MeasuredNumber } {
  const [rate, choice] = bootstrapOverSeeds(
    first.curves.map((curve, seed) => ({
      prompts: curve[0]?.outcomes?.length ?? 0,
      clusters: curve[0]?.clusters,
      statistics: (sample) => {
        const others = second.curves[seed] ?? [];
        const [own, other] = [best(curve, sample), best(others, sample)];
        const klOf = (each: SeedCurves[number], at: number): number => each[at]?.squareRootKl ?? Number.NaN;
        return [own.rate - other.rate, klOf(curve, own.at) - klOf(others, other.at)];
      },
    })),
    { ranges: [2] },
  ) as [SeedsEstimate, SeedsEstimate];
  // The bootstrap says how the choice of β varies, and takes the KL there for known.
  const { promptError } = squareRootKlDifference(bestEvaluations(first), bestEvaluations(second));
  const squareRootKl = seedsInterval(
    choice.perSeed,
    Math.hypot(choice.promptError, promptError),
    choice.prompts,
    choice.confidence,
  );
  return {
    rate: {
      ...measured(`the best win rate of ${first.title} less that of ${second.title}`, 'points', rate),
      picked: true,
    },
    squareRootKl: {
      ...measured(
        `√KL at the best win rate of ${first.title} less that of ${second.title}`,
        'square root of nats',
        squareRootKl,
      ),
      picked: true,
    },
  };
}

/** {@link differenceOfPeaks} of two methods' trade-offs, over the same β where both have the least. */
export function differenceOfBest(
  first: StudySweep,
  second: StudySweep,
): { rate: MeasuredNumber; squareRootKl: MeasuredNumber } {
  const [one, other] = atCommonBetas(first, second) ?? [first, second];
  const [curves, others] = onCommonPrompts(tradeOffCurves(one), tradeOffCurves(other));
  return differenceOfPeaks(
    { title: one.title, positions: tradeOff(one), curves },
    { title: other.title, positions: tradeOff(other), curves: others },
  );
}
