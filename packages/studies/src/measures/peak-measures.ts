import {
  bootstrapOverSeeds,
  fallOverSeeds,
  type SeedCurves,
  type SeedsEstimate,
  sampleMean,
} from '@ais/gold-eval';
import type { Numbers } from '../claims/claim-decision.js';
import type { PolicyStudyData } from '../data/study-data.js';
import { findSweep } from './find-sweep.js';
import { chosen, type MeasuredNumber, measured } from './measured-number.js';
import { epochCurves, leastBeta, type StudySweep, tradeOffCurves } from './study-lines.js';

/** How far a method's mean win rate has fallen since its peak, and where the peak was along the epoch. */
export function fallAlongEpoch(sweep: StudySweep): { fall: MeasuredNumber; peakAt: MeasuredNumber } {
  const curves = epochCurves(leastBeta(sweep));
  const found = fallOverSeeds(curves);
  const peak = curves[0]?.[found.peakIndex]?.fraction ?? Number.NaN;
  return {
    fall: measured(`the fall of ${sweep.title} since its peak`, 'points', found, simultaneous),
    peakAt: chosen(`the peak of ${sweep.title} along the epoch`, 'share of the epoch', peak),
  };
}

/** How far a method's mean win rate rises along the epoch, from the model that it starts from to its peak. */
export function riseAlongEpoch(sweep: StudySweep, startModel = 'SFT model'): MeasuredNumber {
  // A rise to the peak is a fall from it, seen backwards.
  const backwards = epochCurves(leastBeta(sweep)).map((curve) => curve.toReversed());
  return measured(
    `the rise of ${sweep.title} from the ${startModel} to its peak`,
    'points',
    fallOverSeeds(backwards),
    simultaneous,
  );
}

/** How far a method's win rate falls with rising KL beyond its best β. */
export function fallOverBeta(sweep: StudySweep): MeasuredNumber {
  const found = fallOverSeeds(tradeOffCurves(sweep));
  return measured(
    `the fall of ${sweep.title} with more KL than at its best β`,
    'points',
    found,
    simultaneous,
  );
}

export const simultaneous: string =
  'over seeds and prompts, t, at Bonferroni’s confidence for the choice of the peak';

/** How much more one method falls than another, each in each seed from its own peak. */
export function differenceOfFalls(first: StudySweep, second: StudySweep): MeasuredNumber {
  const curves = epochCurves(leastBeta(first));
  const others = epochCurves(leastBeta(second));
  const fall = (seed: SeedCurves[number], sample: Uint32Array): number => {
    const rates = seed.map(({ outcomes = [] }) => sampleMean(outcomes, sample));
    return Math.max(...rates) - (rates.at(-1) ?? Number.NaN);
  };
  const [estimate] = bootstrapOverSeeds(
    curves.map((seed, index) => ({
      prompts: seed[0]?.outcomes?.length ?? 0,
      statistics: (sample) => [fall(seed, sample) - fall(others[index] ?? [], sample)],
    })),
    { ranges: [2] },
  );
  return measured(
    `how much more ${first.title} falls than ${second.title}, each seed from its own peak`,
    'points',
    estimate as SeedsEstimate,
  );
}

/** Difference of two methods' highest win rates, and of the √KL at which they are. */
export function differenceOfPeaks(
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
      statistics: (sample) => {
        const [most, kl] = best(curve, sample);
        const [otherMost, otherKl] = best(second.curves[seed] ?? [], sample);
        return [most - otherMost, kl - otherKl];
      },
    })),
    { ranges: [2] },
  );
  return {
    rate: measured(
      `the best win rate of ${first.title} less that of ${second.title}`,
      'points',
      rate as SeedsEstimate,
    ),
    squareRootKl: measured(
      `√KL at the best win rate of ${first.title} less that of ${second.title}`,
      'square root of nats',
      squareRootKl as SeedsEstimate,
    ),
  };
}

/** {@link differenceOfPeaks} of two methods' trade-offs. */
export function differenceOfBest(
  first: StudySweep,
  second: StudySweep,
): { rate: MeasuredNumber; squareRootKl: MeasuredNumber } {
  return differenceOfPeaks(
    { title: first.title, curves: tradeOffCurves(first) },
    { title: second.title, curves: tradeOffCurves(second) },
  );
}

/** How far DPO's best win rate on D1 lies above that on D2 and D3, along the epoch or over β, and √KL there. */
export function shiftNumbers(study: PolicyStudyData, along: 'epoch' | 'trade-off'): Numbers | undefined {
  const [near, middle, far] = (['D1', 'D2', 'D3'] as const).map((data) =>
    findSweep(study, { objective: 'dpo', importance: 'none', data }),
  );
  if (!near || !middle || !far) return undefined;
  const curve = (sweep: StudySweep) => ({
    title: sweep.title,
    curves: along === 'epoch' ? epochCurves(leastBeta(sweep)) : tradeOffCurves(sweep),
  });
  const toMiddle = differenceOfPeaks(curve(near), curve(middle));
  const toFar = differenceOfPeaks(curve(near), curve(far));
  const order = differenceOfPeaks(curve(middle), curve(far)).rate;
  return { D2: toMiddle.rate, D3: toFar.rate, order, D2Kl: toMiddle.squareRootKl, D3Kl: toFar.squareRootKl };
}
