import { equalKlChart } from '../../charts/comparison-charts.js';
import { epochCharts } from '../../charts/epoch-charts.js';
import { tradeOffCharts } from '../../charts/trade-off-charts.js';
import type { DrawStudy } from '../../study/study.js';

export const charts: DrawStudy = (study, sweeps) => [
  ...epochCharts(study, sweeps),
  ...tradeOffCharts(study, sweeps, { frontier: false }),
  ...equalKlChart(study, sweeps),
];
