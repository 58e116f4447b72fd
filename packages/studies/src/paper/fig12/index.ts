import type { PolicyStudy } from '../../study/study.js';
import { charts } from './charts.js';
import { claims } from './claims.js';
import { runs } from './runs.js';

export const fig12: PolicyStudy = {
  name: 'fig12',
  title: 'Beside RPO',
  kicker: 'Figure 12',
  claimant: 'The paper',
  runs,
  charts,
  claims,
};
