import type { PolicyStudy } from '../../study/study.js';
import { charts } from './charts.js';
import { claims } from './claims.js';
import { runs } from './runs.js';

export const weights: PolicyStudy = {
  name: 'weights',
  title: 'What the weights do to the pairs',
  kicker: 'Beyond the paper',
  claimant: 'Our question',
  runs,
  charts,
  claims,
  keepsWeights: true,
};
