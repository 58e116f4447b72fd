import type { PolicyStudyData, PreferenceData } from '../data/study-data.js';
import { findSweep } from '../measures/find-sweep.js';
import { differenceOfBest } from '../measures/peak-measures.js';
import type { StudySweep } from '../measures/study-lines.js';
import { differenceOnAverage } from '../measures/win-rate-measures.js';
import { both, comparisonClaim } from './comparison-claims.js';
import type { StudyClaim } from './study-claim.js';

/** Unweighted DPO on a data set. */
export const dpoOn =
  (data: PreferenceData) =>
  (study: PolicyStudyData): StudySweep | undefined =>
    findSweep(study, { objective: 'dpo', importance: 'none', data });

/** That DPO wins less the further its data are from the SFT model, on average over training or over all β. */
export function shiftClaims(over: 'training' | 'beta'): StudyClaim[] {
  const where = over === 'training' ? 'over the epoch' : 'over all β';
  return (
    [
      ['D1', 'D2'],
      ['D2', 'D3'],
      ['D1', 'D3'],
    ] as const
  ).map(([near, far]) =>
    comparisonClaim(
      `Averaged ${where}, DPO wins more often on ${near} than on ${far}, whose pairs are further from the SFT model.`,
      both(dpoOn(near), dpoOn(far)),
      (first, second) => differenceOnAverage(first, second, over),
      { above: 0 },
      (first, second) => Object.values(differenceOfBest(first, second)),
    ),
  );
}
