import type { PolicyStudyData } from '../data/study-data.js';
import { fixedAlphas } from './find-sweep.js';
import { type MeasuredNumber, measured } from './measured-number.js';
import { squareRootKlDifference } from './point-estimates.js';
import { ends, leastBeta, type StudySweep } from './study-lines.js';

/** The method of a fixed α; undefined where the study lacks it. */
export const atAlpha =
  (alpha: number) =>
  (study: PolicyStudyData): StudySweep | undefined =>
    fixedAlphas(study).find((one) => one.alpha === alpha)?.sweep;

/** √KL of one method less that of another, at the end of training. */
export function squareRootKlLess(first: StudySweep, second: StudySweep): MeasuredNumber {
  return measured(
    `√KL of ${first.title} less that of ${second.title} at the end of training`,
    'square root of nats',
    squareRootKlDifference(ends(leastBeta(first)), ends(leastBeta(second)), first.confidence),
  );
}
