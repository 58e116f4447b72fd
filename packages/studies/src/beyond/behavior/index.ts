import type { PolicyStudy } from '../../study/study.js';
import { charts } from './charts.js';
import { claims } from './claims.js';
import { runs } from './runs.js';

export const behavior: PolicyStudy = {
  name: 'behavior',
  title: 'Weights that know who wrote the pairs',
  kicker: 'Beyond the paper',
  claimant: 'Our question',
  runs,
  charts,
  claims,
};
