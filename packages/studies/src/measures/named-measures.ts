import { meanOverSeeds } from '@ais/gold-eval';
import type { PolicyStudyData, PreferenceData } from '../data/study-data.js';
import { findSweep } from './find-sweep.js';
import { type MeasuredNumber, measured } from './measured-number.js';
import { differenceOfBest, fallAlongEpoch, fallOverBeta, riseAlongEpoch } from './peak-measures.js';
import { outcomesOf, squareRootKlEstimate } from './point-estimates.js';
import { ends, leastBeta, type StudySweep } from './study-lines.js';
import { differenceAtEnd, differenceAtEqualKl, klShare } from './win-rate-measures.js';

/** Which method is measured, and which one it is compared with. */
export interface MeasureQuery {
  readonly of: string;
  readonly than?: string;
  readonly data?: PreferenceData;
}

const ofOne: Readonly<Record<string, (sweep: StudySweep) => MeasuredNumber>> = {
  'win-rate': (sweep) =>
    measured(
      `the win rate of ${sweep.title} at the end of the epoch`,
      'share',
      meanOverSeeds(outcomesOf(ends(leastBeta(sweep)))),
    ),
  'square-root-kl': (sweep) =>
    measured(
      `√KL of ${sweep.title} at the end of the epoch`,
      'square root of nats',
      squareRootKlEstimate(ends(leastBeta(sweep))),
    ),
  rise: riseAlongEpoch,
  fall: (sweep) => fallAlongEpoch(sweep).fall,
  'fall-over-beta': fallOverBeta,
};

const ofTwo: Readonly<Record<string, (first: StudySweep, second: StudySweep) => MeasuredNumber | undefined>> =
  {
    'difference-at-end': differenceAtEnd,
    'difference-at-equal-kl': differenceAtEqualKl,
    'difference-of-best': (first, second) => differenceOfBest(first, second).rate,
    'kl-share': klShare,
  };

/** The measures that have names, for studies that a file describes. */
export const measureNames: readonly string[] = [...Object.keys(ofOne), ...Object.keys(ofTwo)];

/** A number by the name of its measure; undefined if the study lacks a method that it is about, or the number is not defined. */
export function measureOf(
  name: string,
  study: PolicyStudyData,
  { of, than, data }: MeasureQuery,
): MeasuredNumber | undefined {
  const find = (title: string) => findSweep(study, { title, ...(data && { data }) });
  const first = find(of);
  if (!first) return undefined;
  const one = ofOne[name];
  if (one) return one(first);
  const second = than === undefined ? undefined : find(than);
  return second && ofTwo[name]?.(first, second);
}
