import type { PolicyStudy } from '../../study/study.js';
import { charts } from './charts.js';
import { claims } from './claims.js';
import { runs } from './runs.js';

export const controls: PolicyStudy = {
  name: 'controls',
  title: 'A smaller step, or other pairs?',
  kicker: 'Beyond the paper',
  claimant: 'Our question',
  runs,
  charts,
  claims,
};
