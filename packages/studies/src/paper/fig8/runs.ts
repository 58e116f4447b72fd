import type { StudyRunSettings } from '../../data/study-run-settings.js';
import { aisDpo, dpo, fixedAlphas, runsOf, smallestBeta } from '../../methods/methods.js';

export const runs: readonly StudyRunSettings[] = runsOf([dpo, ...fixedAlphas, aisDpo], [smallestBeta]);
