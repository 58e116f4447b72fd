import type { PolicyStudy } from '../../study/study.js';
import { charts } from './charts.js';
import { claims } from './claims.js';
import { runs } from './runs.js';

export const fig4: PolicyStudy = {
  name: 'fig4',
  title: 'DPO on data that shift away from the SFT model',
  kicker: 'Figure 4',
  claimant: 'The paper',
  runs,
  charts,
  claims,
};
