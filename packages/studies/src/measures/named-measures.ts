import type { PolicyStudyData, PreferenceData } from '../data/study-data.js';
import { findSweep } from './find-sweep.js';
import type { MeasuredNumber } from './measured-number.js';
import { fallAlongEpoch, fallOverBeta, riseAlongEpoch } from './peak-measures.js';
import { hasLeastBeta, type StudySweep } from './study-lines.js';
import {
  comparison,
  differenceAtEnd,
  differenceAtEqualKl,
  differenceOnAverage,
  endNumbers,
  klShare,
  squareRootKlAtEnd,
  winRateAtEnd,
} from './win-rate-measures.js';

/** Which method is measured, and which one it is compared with. */
export interface MeasureQuery {
  readonly of: string;
  readonly than?: string;
  readonly data?: PreferenceData;
}

const ofOne: Readonly<Record<string, (sweep: StudySweep) => MeasuredNumber | undefined>> = {
  'win-rate': winRateAtEnd,
  'square-root-kl': squareRootKlAtEnd,
  rise: riseAlongEpoch,
  fall: fallAlongEpoch,
  'fall-over-beta': (sweep) => (sweep.planned.length > 1 ? fallOverBeta(sweep) : undefined),
};

const ofTwo: Readonly<Record<string, (first: StudySweep, second: StudySweep) => MeasuredNumber | undefined>> =
  {
    'difference-at-end': differenceAtEnd,
    'difference-at-equal-kl': (first, second) => differenceAtEqualKl(first, second),
    'difference-on-average': (first, second) => differenceOnAverage(first, second),
    'kl-share': klShare,
  };

/** The measures that have names, for studies that a file describes. */
export const measureNames: readonly string[] = [...Object.keys(ofOne), ...Object.keys(ofTwo)];

/** Whether a measure by name compares two methods. */
export function comparesTwo(name: string): boolean {
  return Object.hasOwn(ofTwo, name);
}

/**
 * A number by the name of its measure; undefined if the study lacks a method that it is about, or the least β of one, or the number
 * is not defined.
 */
export function measureOf(
  name: string,
  study: PolicyStudyData,
  query: MeasureQuery,
): MeasuredNumber | undefined {
  const { first, second } = methodsOf(study, query);
  if (!first) return undefined;
  const one = ofOne[name];
  if (one) return one(first);
  return second && ofTwo[name]?.(first, second);
}

/** What is read beside a number by name: its methods at equal steps, equal KL, and equal length. */
export function besideMeasure(study: PolicyStudyData, query: MeasureQuery): MeasuredNumber[] {
  const { first, second } = methodsOf(study, query);
  if (!first) return [];
  return second ? comparison(first, second) : endNumbers(first);
}

function methodsOf(
  study: PolicyStudyData,
  { of, than, data }: MeasureQuery,
): { readonly first: StudySweep | undefined; readonly second: StudySweep | undefined } {
  const find = (title: string) => {
    const sweep = findSweep(study, { title, ...(data && { data }) });
    return sweep && hasLeastBeta(sweep) ? sweep : undefined;
  };
  return { first: find(of), second: than === undefined ? undefined : find(than) };
}
