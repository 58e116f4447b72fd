import type { PolicyStudy } from '../../study/study.js';
import { charts } from './charts.js';
import { claims } from './claims.js';
import { runs } from './runs.js';

export const alternatives: PolicyStudy = {
  name: 'alternatives',
  title: 'AIS beside other remedies',
  kicker: 'Beyond the paper',
  claimant: 'Our question',
  runs,
  charts,
  claims,
};
