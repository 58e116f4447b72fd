import { aisDpo, betas, dpo, rloo, runsOf } from '../../methods/methods.js';
import type { StudyRunSettings } from '../../study/study.js';

export const runs: readonly StudyRunSettings[] = runsOf([rloo, dpo, aisDpo], betas);
