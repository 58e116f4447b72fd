import type { StudyRunSettings } from '../../data/study-run-settings.js';
import { aisDpo, dpo, rpo, runsOf } from '../../methods/methods.js';

export const runs: readonly StudyRunSettings[] = runsOf([rpo, aisDpo, dpo], [0.01, 0.05, 0.1]);
