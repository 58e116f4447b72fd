import type { PolicyStudyData } from '../data/study-data.js';
import { atCommonBetas } from './common-betas.js';
import { fixedAlphas } from './find-sweep.js';
import { type MeasuredNumber, measured } from './measured-number.js';
import { squareRootKlDifference } from './point-estimates.js';
import { ends, leastBeta, type StudySweep } from './study-lines.js';

/** The method of a fixed α; undefined where the study lacks it. */
export const atAlpha =
  (alpha: number) =>
  (study: PolicyStudyData): StudySweep | undefined =>
    fixedAlphas(study).find((one) => one.alpha === alpha)?.sweep;

/** √KL of one method less that of another, at the end of training; undefined without the least β of both. */
export function squareRootKlLess(first: StudySweep, second: StudySweep): MeasuredNumber | undefined {
  const found = atCommonBetas(first, second);
  if (!found) return undefined;
  const [one, other] = found;
  return measured(
    `√KL of ${one.title} less that of ${other.title} at the end of training`,
    'square root of nats',
    squareRootKlDifference(ends(leastBeta(one)), ends(leastBeta(other)), one.confidence),
  );
}
