import type { ReportedSample } from '../report/demo-report-data.js';
import { runTitle } from '../study/run-title.js';
import type { PolicyStudyData } from '../study/study-data.js';
import { leastBeta, studySweeps } from './study-lines.js';

/** Samples of the SFT model and of each method at its least β; a β-sweep side by side would be a wall of text. */
export function leastBetaSamples(study: PolicyStudyData): ReportedSample[] {
  const shown = new Set(['SFT', ...studySweeps(study).map((sweep) => runTitle(leastBeta(sweep)))]);
  return study.samples.map((sample) => ({
    ...sample,
    responses: sample.responses.filter(({ method }) => shown.has(method)),
  }));
}
