import { expect, test } from 'vitest';
import { plannedBetas } from './planned-betas.js';

test('has each method on each data set once, its β falling', () => {
  const run = (title: string, beta: number, data: 'D1' | 'D2' = 'D1') => ({ method: { title }, beta, data });
  const runs = [
    run('DPO', 0.01),
    run('AIS-DPO', 0.1),
    run('DPO', 0.5),
    run('DPO', 0.01),
    run('DPO', 0.1, 'D2'),
  ];
  expect(plannedBetas(runs)).toEqual([
    { method: 'DPO', data: 'D1', betas: [0.5, 0.01] },
    { method: 'AIS-DPO', data: 'D1', betas: [0.1] },
    { method: 'DPO', data: 'D2', betas: [0.1] },
  ]);
});
