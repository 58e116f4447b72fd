import type { PolicyStudy } from '../../study/study.js';
import { charts } from './charts.js';
import { claims } from './claims.js';
import { runs } from './runs.js';

/** The paper leaves open which pairs its figures 2, 3, and 7 learn from: the data set's own, or those of the SFT model. */
export const readings: PolicyStudy = {
  name: 'readings',
  title: 'Pairs of others, or of the SFT model?',
  kicker: 'Two readings of the paper',
  claimant: 'Our question',
  runs,
  charts,
  claims,
};
