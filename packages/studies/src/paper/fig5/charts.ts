import { peakChart } from '../../charts/comparison-charts.js';
import { tradeOffCharts } from '../../charts/trade-off-charts.js';
import type { DrawStudy } from '../../study/study.js';

export const charts: DrawStudy = (study, sweeps) => [
  ...tradeOffCharts(study, sweeps),
  ...peakChart(study, sweeps),
];
