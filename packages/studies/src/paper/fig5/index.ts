import type { PolicyStudy } from '../../study/study.js';
import { charts } from './charts.js';
import { claims } from './claims.js';
import { runs } from './runs.js';

export const fig5: PolicyStudy = {
  name: 'fig5',
  title: 'The trade-off of DPO on shifted data',
  kicker: 'Figure 5',
  claimant: 'The paper',
  runs,
  charts,
  claims,
};
