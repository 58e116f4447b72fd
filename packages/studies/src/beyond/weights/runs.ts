import type { StudyRunSettings } from '../../data/study-run-settings.js';
import {
  aisDpo,
  clippedRatioDpo,
  fixedAlphas,
  runsOf,
  smallestBeta,
  squareRootDpo,
} from '../../methods/methods.js';

export const runs: readonly StudyRunSettings[] = runsOf(
  [aisDpo, squareRootDpo, ...fixedAlphas, clippedRatioDpo],
  [smallestBeta],
);
