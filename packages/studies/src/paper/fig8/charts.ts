import { alphaCharts } from '../../charts/alpha-charts.js';
import { tradeOffCharts } from '../../charts/trade-off-charts.js';
import type { DrawStudy } from '../../study/study.js';

export const charts: DrawStudy = (study, sweeps) => [
  ...tradeOffCharts(study, sweeps, { frontier: false }),
  ...alphaCharts(study),
];
