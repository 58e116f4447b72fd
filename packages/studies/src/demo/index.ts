import type { PolicyStudy } from '../study/study.js';
import { charts } from './charts.js';
import { claims } from './claims.js';
import { runs } from './runs.js';
import { settings } from './settings.js';

/** The demo: two methods in minutes, at a learning rate at which DPO over-optimizes. */
export const demo: PolicyStudy = {
  name: 'demo',
  title: 'Does alignment go too far, and does AIS help?',
  kicker: 'Demo',
  claimant: 'Our question',
  runs,
  charts,
  claims,
  settings,
};
