import {
  aisDpo,
  clippedRatioDpo,
  fixedAlphas,
  runsOf,
  smallestBeta,
  squareRootDpo,
} from '../../methods/methods.js';
import type { StudyRunSettings } from '../../study/study.js';

export const runs: readonly StudyRunSettings[] = runsOf(
  [aisDpo, squareRootDpo, ...fixedAlphas, clippedRatioDpo],
  [smallestBeta],
);
