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
import type { StudyRunSettings } from '../../study/study.js';

export const runs: readonly StudyRunSettings[] = runsOf(
  [dpo, aisDpo, wpo, chiPo, lengthRegularizedDpo, clippedRatioDpo],
  betas,
);
