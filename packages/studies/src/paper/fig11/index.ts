import type { PolicyStudy } from '../../study/study.js';
import { charts } from './charts.js';
import { claims } from './claims.js';
import { runs } from './runs.js';

export const fig11: PolicyStudy = {
  name: 'fig11',
  title: 'AIS-DPO and DPO on shifted data',
  kicker: 'Figure 11',
  claimant: 'The paper',
  runs,
  charts,
  claims,
};
