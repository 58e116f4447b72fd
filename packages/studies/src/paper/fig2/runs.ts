import type { StudyRunSettings } from '../../data/study-run-settings.js';
import { aisDpo, aisIpo, betas, dpo, ipo, runsOf } from '../../methods/methods.js';

export const runs: readonly StudyRunSettings[] = runsOf([dpo, aisDpo, ipo, aisIpo], betas);
