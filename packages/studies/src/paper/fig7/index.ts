import type { PolicyStudy } from '../../study/study.js';
import { charts } from './charts.js';
import { claims } from './claims.js';
import { runs } from './runs.js';

export const fig7: PolicyStudy = {
  name: 'fig7',
  title: 'The whole epoch, DPO and IPO',
  kicker: 'Figure 7',
  claimant: 'The paper',
  runs,
  charts,
  claims,
};
