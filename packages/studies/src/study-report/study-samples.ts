import type { ReportedSample } from '../data/reported.js';
import { runTitle } from '../data/run-title.js';
import type { PolicyStudyData } from '../data/study-data.js';
import { studyWords } from '../data/study-words.js';
import { leastBeta, studySweeps } from '../measures/study-lines.js';

/** Samples of the SFT model and of each method at its least β; a β-sweep side by side would be a wall of text. */
export function leastBetaSamples(study: PolicyStudyData): ReportedSample[] {
  const { start } = studyWords(study);
  const titles = studySweeps(study).map((sweep) => runTitle(leastBeta(sweep)));
  const isShown = (method: string): boolean =>
    method === start || titles.some((title) => method === title || method.startsWith(`${title}, at `));
  return study.samples.map((sample) => ({
    ...sample,
    responses: sample.responses.filter(({ method }) => isShown(method)),
  }));
}
