import type { StageStore } from '@ais/workflow';
import { expect, test } from 'vitest';
import { tinyStudy } from '../../test/tiny-study.js';
import { builtInStudies } from '../catalog/catalog.js';
import type { StudyPlan } from '../plan/study-plan.js';
import type { PolicyStudy } from '../study/study.js';
import { collectStudyData } from './collect-study-data.js';

test('says what was planned, also of runs that are not finished', async () => {
  const settings = tinyStudy('fig11');
  const nothing = { read: async () => undefined } as unknown as StageStore;
  const definition = builtInStudies.find(({ name }) => name === 'fig11') as PolicyStudy;
  const facts = { command: '', backend: 'wasm' };
  const plan = { runs: [], gold: { kind: { name: 'gold' } } } as unknown as StudyPlan;
  const data = await collectStudyData(definition, settings, plan, nothing, facts);
  expect(data.runs).toEqual([]);
  expect(data.planned).toHaveLength(6);
  expect(data.planned).toContainEqual({ method: 'AIS-DPO', data: 'D3', betas: [0.01] });
});
