import { trainingChart } from '../../charts/training-charts.js';
import { weightCharts } from '../../charts/weight-charts.js';
import type { DrawStudy } from '../../study/study.js';

export const charts: DrawStudy = (study, sweeps) => [
  ...weightCharts(study, sweeps),
  ...trainingChart(study, sweeps, 'effectiveSampleSize'),
  ...trainingChart(study, sweeps, 'meanWeight'),
];
