import type { PolicyStudy } from '../../study/study.js';
import { charts } from './charts.js';
import { claims } from './claims.js';
import { runs } from './runs.js';

export const fig6: PolicyStudy = {
  name: 'fig6',
  title: 'Beside RLOO, which trains on its own samples',
  kicker: 'Figure 6',
  claimant: 'The paper',
  runs,
  charts,
  claims,
};
