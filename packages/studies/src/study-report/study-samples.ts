import type { ReportedSample } from '../data/reported.js';
import { runTitle } from '../data/run-title.js';
import type { PolicyStudyData } from '../data/study-data.js';
import { leastBeta, studySweeps } from '../measures/study-lines.js';

/** Samples of the SFT model and of each method at its least β; a β-sweep side by side would be a wall of text. */
export function leastBetaSamples(study: PolicyStudyData): ReportedSample[] {
  const shown = new Set(['SFT', ...studySweeps(study).map((sweep) => runTitle(leastBeta(sweep)))]);
  return study.samples.map((sample) => ({
    ...sample,
    responses: sample.responses.filter(({ method }) => shown.has(method)),
  }));
}
