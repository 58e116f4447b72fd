import type { PolicyStudy } from '../../study/study.js';
import { charts } from './charts.js';
import { claims } from './claims.js';
import { runs } from './runs.js';

export const fig8: PolicyStudy = {
  name: 'fig8',
  title: 'Fixed α',
  kicker: 'Figure 8',
  claimant: 'The paper',
  runs,
  charts,
  claims,
};
