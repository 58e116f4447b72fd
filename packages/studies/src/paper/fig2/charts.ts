import { byObjective, eachPanel } from '../../charts/panels.js';
import { tradeOffCharts } from '../../charts/trade-off-charts.js';
import type { DrawStudy } from '../../study/study.js';

export const charts: DrawStudy = (study, sweeps) =>
  eachPanel(sweeps, byObjective, (own, panel) => tradeOffCharts(study, own, panel));
