import {
  compareAtKlOverSeeds,
  klAtWinRateOverSeeds,
  meanOverSeeds,
  peakOverSeeds,
  type SeedsEstimate,
} from '@ais/gold-eval';
import type { ReportedPoint } from '../report/demo-report-data.js';
import type { Numbers } from './claim-decision.js';
import { type MeasuredNumber, measured } from './measured-number.js';
import { klRatioEstimate, outcomesOf, squareRootKlEstimate } from './point-estimates.js';
import { ends, leastBeta, type StudySweep, tradeOffCurves } from './study-lines.js';

/** Difference of win rates at the largest √KL that both reached, with where that was. */
export function differenceAtEqualKl(
  first: StudySweep,
  second: StudySweep,
  confidence?: number,
): MeasuredNumber | undefined {
  const found = compareAtKlOverSeeds(tradeOffCurves(first), tradeOffCurves(second), { confidence });
  if (!found) return undefined;
  const mean = found.squareRootKls.reduce((sum, kl) => sum + kl, 0) / found.squareRootKls.length;
  return measured(`${first.title} less ${second.title} at equal √KL of ${mean.toFixed(2)}`, 'points', found);
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
