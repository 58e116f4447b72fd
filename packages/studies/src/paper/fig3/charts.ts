import { epochCharts } from '../../charts/epoch-charts.js';
import type { DrawStudy } from '../../study/study.js';

export const charts: DrawStudy = (study, sweeps) => epochCharts(study, sweeps);
