import type { StudyRunSettings } from '../../data/study-run-settings.js';
import { aisDpo, controls, dpo, runsOf, smallestBeta } from '../../methods/methods.js';

export const runs: readonly StudyRunSettings[] = runsOf(
  [dpo, aisDpo, ...Object.values(controls)],
  [smallestBeta],
);
