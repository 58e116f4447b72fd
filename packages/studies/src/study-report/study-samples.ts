import type { ReportedSample } from '../data/reported.js';
import { runTitle } from '../data/run-title.js';
import type { PolicyStudyData } from '../data/study-data.js';
import { studyWords } from '../data/study-words.js';
import { leastBeta, studySweeps } from '../measures/study-lines.js';
import { wholeNumbersText } from '../report/number-format.js';
import { comparedSweeps, isRunComparison } from '../training-runs/run-comparison.js';

/**
 * Samples of the SFT model and of each method at its least β, as a β-sweep side by side would be a wall of text; of compared
 * training runs, those of all.
 */
export function shownSamples(study: PolicyStudyData): readonly ReportedSample[] {
  if (isRunComparison(study)) return study.samples;
  const { start } = studyWords(study);
  const titles = studySweeps(study).map((sweep) => runTitle(leastBeta(sweep)));
  const isShown = (method: string): boolean =>
    method === start || titles.some((title) => method === title || method.startsWith(`${title}, at `));
  return study.samples.map((sample) => ({
    ...sample,
    responses: sample.responses.filter(({ method }) => isShown(method)),
  }));
}

/** The marks of those that answer, by what samples call them. */
export function samplePositions(study: PolicyStudyData): ReadonlyMap<string, number> {
  return new Map(
    isRunComparison(study)
      ? comparedSweeps(study).map(({ title, position }) => [title, position])
      : studySweeps(study).map((sweep) => [runTitle(leastBeta(sweep)), sweep.position]),
  );
}

/** Whose answers samples are: `seed 1`; compared training runs may have several. */
export function sampleSeeds(study: PolicyStudyData): string {
  const seeds = isRunComparison(study) ? study.seeds : study.seeds.slice(0, 1);
  return `${seeds.length > 1 ? 'seeds' : 'seed'} ${wholeNumbersText(seeds)}`;
}
