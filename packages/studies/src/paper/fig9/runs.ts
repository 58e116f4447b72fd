import { aisDpo, betas, dpo, runsOf, squareRootDpo } from '../../methods/methods.js';
import type { StudyRunSettings } from '../../study/study.js';

export const runs: readonly StudyRunSettings[] = runsOf([dpo, aisDpo, squareRootDpo], betas);
