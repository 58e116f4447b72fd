import type { StudyRunSettings } from '../../data/study-run-settings.js';
import { aisDpo, betas, dpo, rloo, runsOf } from '../../methods/methods.js';

export const runs: readonly StudyRunSettings[] = runsOf([rloo, dpo, aisDpo], betas);
