import type { PolicyStudyData } from '../data/study-data.js';
import { type StudySweep, studySweeps, unfinishedRuns } from '../measures/study-lines.js';
import { comparedSweeps, isRunComparison } from '../training-runs/run-comparison.js';

/** The runs that a report has numbers of, by method and data set; of compared training runs, each that has win rates. */
export function reportedSweeps(study: PolicyStudyData): StudySweep[] {
  if (!isRunComparison(study)) return studySweeps(study);
  return comparedSweeps(study).filter(({ lines }) =>
    lines.every(({ runs }) => runs.every(({ points }) => points.length > 0)),
  );
}

/** Which runs a report has no numbers of, and why, in a sentence; undefined if it has those of all. */
export function runsLeftOut(study: PolicyStudyData): string | undefined {
  if (!isRunComparison(study)) {
    const missing = unfinishedRuns(study);
    return missing.length === 0
      ? undefined
      : `Left out, as not every seed has finished: ${missing.join('; ')}.`;
  }
  const unjudged = study.runs.filter(({ points }) => points.length === 0).map(({ method }) => method.title);
  return unjudged.length === 0
    ? undefined
    : `Without win rates, as no judge compared their answers (--scorer of ais train names one): ${unjudged.join('; ')}.`;
}
