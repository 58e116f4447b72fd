import type { StudyRunSettings } from '../../data/study-run-settings.js';
import {
  aisDpo,
  betas,
  chiPo,
  clippedRatioDpo,
  dpo,
  lengthRegularizedDpo,
  runsOf,
  wpo,
} from '../../methods/methods.js';

export const runs: readonly StudyRunSettings[] = runsOf(
  [dpo, aisDpo, wpo, chiPo, lengthRegularizedDpo, clippedRatioDpo],
  betas,
);
