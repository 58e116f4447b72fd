import type { PolicyStudy } from '../../study/study.js';
import { charts } from './charts.js';
import { claims } from './claims.js';
import { runs } from './runs.js';

export const fig2: PolicyStudy = {
  name: 'fig2',
  title: 'Win rate against KL, DPO and IPO, with and without AIS',
  kicker: 'Figure 2',
  claimant: 'The paper',
  runs,
  charts,
  claims,
};
