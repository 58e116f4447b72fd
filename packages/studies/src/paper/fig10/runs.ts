import { aisDpo, dpo, fixedAlphas, runsOf, smallestBeta } from '../../methods/methods.js';
import type { StudyRunSettings } from '../../study/study.js';

export const runs: readonly StudyRunSettings[] = runsOf([dpo, ...fixedAlphas, aisDpo], [smallestBeta]);
