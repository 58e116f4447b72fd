import { exactPreset } from '../settings/exact-settings.js';
import type { ExactStudy } from '../study/study.js';
import { charts } from './charts.js';
import { claims } from './claims.js';
import { tables } from './tables.js';

/** Policies so small that everything but the pairs is exact: when weights help, and by what. */
export const exact: ExactStudy = {
  name: 'exact',
  title: 'Where adaptive importance sampling helps, makes no difference, or hurts',
  kicker: 'Beyond the paper',
  claimant: 'Our question',
  preset: exactPreset,
  charts,
  claims,
  tables,
};
