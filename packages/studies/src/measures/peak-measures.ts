import {
  bootstrapOverSeeds,
  fallOverSeeds,
  type SeedCurves,
  type SeedsEstimate,
  sampleMean,
} from '@ais/gold-eval';
import { atCommonBetas } from './common-betas.js';
import { onCommonPrompts } from './common-prompts.js';
import { chosen, type MeasuredNumber, measured } from './measured-number.js';
import { epochCurves, leastBeta, type StudySweep, tradeOffCurves } from './study-lines.js';

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

/** Difference of two methods' highest win rates, and of the √KL at which they are: noisy, to read. */
function differenceOfPeaks(
  first: { readonly title: string; readonly curves: SeedCurves },
  second: { readonly title: string; readonly curves: SeedCurves },
): { rate: MeasuredNumber; squareRootKl: MeasuredNumber } {
  const best = (curve: SeedCurves[number], sample: Uint32Array): readonly [number, number] => {
    let most = -1;
    let kl = Number.NaN;
    for (const { squareRootKl, outcomes = [] } of curve) {
      const rate = sampleMean(outcomes, sample);
      if (rate > most) [most, kl] = [rate, squareRootKl];
    }
    return [most, kl];
  };
  const [rate, squareRootKl] = bootstrapOverSeeds(
    first.curves.map((curve, seed) => ({
      prompts: curve[0]?.outcomes?.length ?? 0,
      clusters: curve[0]?.clusters,
      statistics: (sample) => {
        const [most, kl] = best(curve, sample);
        const [otherMost, otherKl] = best(second.curves[seed] ?? [], sample);
        return [most - otherMost, kl - otherKl];
      },
    })),
    { ranges: [2] },
  );
  return {
    rate: {
      ...measured(
        `the best win rate of ${first.title} less that of ${second.title}`,
        'points',
        rate as SeedsEstimate,
      ),
      picked: true,
    },
    squareRootKl: {
      ...measured(
        `√KL at the best win rate of ${first.title} less that of ${second.title}`,
        'square root of nats',
        squareRootKl as SeedsEstimate,
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
  return differenceOfPeaks({ title: one.title, curves }, { title: other.title, curves: others });
}
