import type { PolicyStudy } from '../../study/study.js';
import { charts } from './charts.js';
import { claims } from './claims.js';
import { runs } from './runs.js';

export const fig3: PolicyStudy = {
  name: 'fig3',
  title: 'Win rate and KL along the epoch',
  kicker: 'Figure 3',
  claimant: 'The paper',
  runs,
  charts,
  claims,
};
