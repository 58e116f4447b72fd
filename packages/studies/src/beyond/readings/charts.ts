import { epochCharts } from '../../charts/epoch-charts.js';
import { byData, eachPanel } from '../../charts/panels.js';
import { tradeOffCharts } from '../../charts/trade-off-charts.js';
import type { DrawStudy } from '../../study/study.js';

export const charts: DrawStudy = (study, sweeps) =>
  eachPanel(sweeps, byData, (own, panel) => [
    ...epochCharts(study, own, panel),
    ...tradeOffCharts(study, own, panel),
  ]);
