import type { StudyRunSettings } from '../../data/study-run-settings.js';
import { aisDpo, betas, dpo, runsOf, squareRootDpo } from '../../methods/methods.js';

export const runs: readonly StudyRunSettings[] = runsOf([dpo, aisDpo, squareRootDpo], betas);
