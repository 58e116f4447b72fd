import { mixtureStudy } from '@ais/kl/mixture-study';
import { mixtureCharts } from '../../charts/mixture-charts.js';
import type { ComputedStudy } from '../../study/study.js';
import { claims } from './claims.js';

export const fig1: ComputedStudy = {
  name: 'fig1',
  title: 'Does the loss follow the KL divergence?',
  kicker: 'Figure 1',
  claimant: 'The paper',
  compute: mixtureStudy,
  charts: mixtureCharts,
  claims,
};
