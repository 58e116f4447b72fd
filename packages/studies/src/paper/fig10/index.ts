import type { PolicyStudy } from '../../study/study.js';
import { charts } from './charts.js';
import { claims } from './claims.js';
import { runs } from './runs.js';

export const fig10: PolicyStudy = {
  name: 'fig10',
  title: 'Training loss for each α',
  kicker: 'Figure 10',
  claimant: 'The paper',
  runs,
  charts,
  claims,
};
