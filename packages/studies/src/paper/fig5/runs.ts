import type { StudyRunSettings } from '../../data/study-run-settings.js';
import { betas, dpo, runsOf } from '../../methods/methods.js';

export const runs: readonly StudyRunSettings[] = runsOf([dpo], betas, ['D1', 'D2', 'D3']);
