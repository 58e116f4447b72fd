import { aisDpo, aisIpo, dpo, ipo, runsOf, smallestBeta } from '../../methods/methods.js';
import type { StudyRunSettings } from '../../study/study.js';

export const runs: readonly StudyRunSettings[] = runsOf([dpo, aisDpo, ipo, aisIpo], [smallestBeta]);
