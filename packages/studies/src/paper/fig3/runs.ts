import type { StudyRunSettings } from '../../data/study-run-settings.js';
import { aisDpo, aisIpo, dpo, ipo, runsOf, smallestBeta } from '../../methods/methods.js';

export const runs: readonly StudyRunSettings[] = runsOf([dpo, aisDpo, ipo, aisIpo], [smallestBeta]);
