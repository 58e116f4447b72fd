import { trainingChart } from '../../charts/training-charts.js';
import type { DrawStudy } from '../../study/study.js';

export const charts: DrawStudy = (study, sweeps) => [
  ...trainingChart(study, sweeps, 'loss'),
  ...trainingChart(study, sweeps, 'effectiveSampleSize'),
];
