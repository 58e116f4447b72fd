import type { PolicyStudy } from '../../study/study.js';
import { charts } from './charts.js';
import { claims } from './claims.js';
import { runs } from './runs.js';

export const fig9: PolicyStudy = {
  name: 'fig9',
  title: 'α as the inverse square root of the length',
  kicker: 'Figure 9',
  claimant: 'The paper',
  runs,
  charts,
  claims,
};
