import { betas, dpo, runsOf } from '../../methods/methods.js';
import type { StudyRunSettings } from '../../study/study.js';

export const runs: readonly StudyRunSettings[] = runsOf([dpo], betas, ['D1', 'D2', 'D3']);
