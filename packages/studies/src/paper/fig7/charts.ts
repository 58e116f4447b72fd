import { epochCharts } from '../../charts/epoch-charts.js';
import { byObjective, eachPanel } from '../../charts/panels.js';
import type { DrawStudy } from '../../study/study.js';

export const charts: DrawStudy = (study, sweeps) =>
  eachPanel(sweeps, byObjective, (own, panel) => epochCharts(study, own, panel));
