import { aisDpo, aisIpo, betas, dpo, ipo, runsOf } from '../../methods/methods.js';
import type { StudyRunSettings } from '../../study/study.js';

export const runs: readonly StudyRunSettings[] = runsOf([dpo, aisDpo, ipo, aisIpo], betas);
