import { charts } from '../demo/charts.js';
import { claims } from '../demo/claims.js';
import { runs } from '../demo/runs.js';
import type { PolicyStudy } from '../study/study.js';
import { settings } from './settings.js';

/** The demo on a model that people use: it is trained on its own responses, which a rule judges by the facts of the prompt. */
export const demoModel: PolicyStudy = {
  name: 'demo-model',
  title: 'Does aligning a real model go too far, and does AIS help?',
  kicker: 'Demo on a real model',
  claimant: 'Our question',
  runs,
  charts,
  claims,
  settings,
  showsSamplesAlong: true,
};
