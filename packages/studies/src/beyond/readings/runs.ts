import { aisDpo, dpo, runsOf, smallestBeta } from '../../methods/methods.js';
import type { StudyRunSettings } from '../../study/study.js';

export const runs: readonly StudyRunSettings[] = runsOf([dpo, aisDpo], [smallestBeta], ['D0', 'D1']);
