import {
  compareAtKlOverSeeds,
  klAtWinRateOverSeeds,
  meanOverSeeds,
  peakOverSeeds,
  type SeedsEstimate,
} from '@ais/gold-eval';
import type { Numbers } from '../claims/claim-decision.js';
import type { ReportedPoint } from '../data/reported.js';
import { decimal } from '../report/number-format.js';
import { type MeasuredNumber, measured } from './measured-number.js';
import { klRatioEstimate, outcomesOf, squareRootKlEstimate } from './point-estimates.js';
import { ends, leastBeta, type StudySweep, tradeOffCurves } from './study-lines.js';

/**
 * Difference of win rates at equal √KL, with where that was.
 *
 * @param share of the largest √KL that both reached, in each seed; all of it by default
 */
export function differenceAtEqualKl(
  first: StudySweep,
  second: StudySweep,
  share: number = 1,
): (MeasuredNumber & { readonly squareRootKl: number }) | undefined {
  const found = compareAtKlOverSeeds(tradeOffCurves(first), tradeOffCurves(second), { share });
  if (!found) return undefined;
  const squareRootKl = found.squareRootKls.reduce((sum, kl) => sum + kl, 0) / found.squareRootKls.length;
  const where = share === 1 ? ' (the largest that both reached)' : '';
  const name = `${first.title} less ${second.title} at equal √KL of ${decimal(squareRootKl)}${where}`;
  return { ...measured(name, 'points', found), squareRootKl };
}

/** The same at a third and at two thirds of that √KL; for reading, not for deciding. */
export function differencesBefore(first: StudySweep, second: StudySweep): Numbers {
  return Object.fromEntries(
    [1, 2].flatMap((thirds) => {
      const number = differenceAtEqualKl(first, second, thirds / 3);
      return number ? [[`thirds${thirds}of${first.position}and${second.position}`, number]] : [];
    }),
  );
}

/** Difference of win rates at the end of the epoch, at the least β of both. */
export function differenceAtEnd(first: StudySweep, second: StudySweep, confidence?: number): MeasuredNumber {
  return measured(
    `${first.title} less ${second.title} at the end of the epoch`,
    'points',
    pairedDifference(ends(leastBeta(first)), ends(leastBeta(second)), confidence),
  );
}

export function pairedDifference(
  first: readonly ReportedPoint[],
  second: readonly ReportedPoint[],
  confidence?: number,
): SeedsEstimate {
  const others = outcomesOf(second);
  return meanOverSeeds(
    outcomesOf(first).map((outcomes, seed) =>
      outcomes.map((outcome, prompt) => outcome - (others[seed]?.[prompt] ?? Number.NaN)),
    ),
    { confidence, range: 2 },
  );
}

/** KL at the end of the epoch as a share of another method's. */
export function klShare(first: StudySweep, second: StudySweep): MeasuredNumber | undefined {
  const ratio = klRatioEstimate(ends(leastBeta(first)), ends(leastBeta(second)));
  return ratio && measured(`KL of ${first.title} as a share of that of ${second.title}`, 'share', ratio);
}

/** Whether a method ends with more wins than another, as `end`, for a `share` of its KL; both ends stand by for reading. */
export function endAndKlShare(first: StudySweep, second: StudySweep): Numbers | undefined {
  const share = klShare(first, second);
  return share && { end: differenceAtEnd(first, second), share, ...endNumbers([second, first]) };
}

/** √KL at which each method first reaches the other's best win rate on average; for reading, not for deciding. */
export function klForBestRate(method: StudySweep, other: StudySweep): Numbers {
  const goal = peakOverSeeds(tradeOffCurves(other), { resamples: 100 }).rate.value;
  const needed = [method, other].map((sweep) => ({
    sweep,
    kl: klAtWinRateOverSeeds(tradeOffCurves(sweep), goal),
  }));
  return Object.fromEntries(
    needed.flatMap(({ sweep, kl }) =>
      kl
        ? [
            [
              `needed${sweep.position}`,
              measured(
                `√KL at which ${sweep.title} first wins ${(100 * goal).toFixed(1)} %, the best of ${other.title}`,
                'square root of nats',
                kl,
              ),
            ],
          ]
        : [],
    ),
  );
}

/** Win rate and √KL at the end of the epoch at each method's least β; for reading, not for deciding. */
export function endNumbers(sweeps: readonly StudySweep[]): Numbers {
  return Object.fromEntries(
    sweeps.flatMap((sweep) => {
      const points = ends(leastBeta(sweep));
      return [
        [
          `rate${sweep.position}`,
          measured(
            `the win rate of ${sweep.title} at the end of the epoch`,
            'share',
            meanOverSeeds(outcomesOf(points)),
          ),
        ],
        [
          `kl${sweep.position}`,
          measured(
            `√KL of ${sweep.title} at the end of the epoch`,
            'square root of nats',
            squareRootKlEstimate(points),
          ),
        ],
      ];
    }),
  );
}

/** Two differences at equal √KL, as `first` and `second`, with what they are before that; undefined if one is missing. */
export function bothAtEqualKl(
  one: readonly [StudySweep, StudySweep],
  other: readonly [StudySweep, StudySweep],
): Numbers | undefined {
  const first = differenceAtEqualKl(...one);
  const second = differenceAtEqualKl(...other);
  return first && second && { first, second, ...differencesBefore(...one), ...differencesBefore(...other) };
}
