import type { StudyRunSettings } from '../../data/study-run-settings.js';
import { aisDpo, dpo, runsOf, smallestBeta } from '../../methods/methods.js';

export const runs: readonly StudyRunSettings[] = runsOf([dpo, aisDpo], [smallestBeta], ['D0', 'D1']);
