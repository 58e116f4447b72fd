import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeJson } from '@ais/runtime/files';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nearestToShare } from '../settings/evaluation-settings.js';
import { readEvaluations } from './recorded-evaluations.js';

let run: string;
beforeAll(() => {
  run = mkdtempSync(join(tmpdir(), 'ais-evaluations-'));
});
afterAll(() => rmSync(run, { recursive: true }));

test('evaluations are read by their step, and one that is none is named', async () => {
  const path = (step: number): string => join(run, 'evaluations', `step-${step}.json`);
  await writeJson(path(10), { step: 10 });
  await writeJson(path(9), { step: 9 });
  expect(await readEvaluations(run)).toEqual([{ step: 9 }, { step: 10 }]);
  for (const damaged of [null, [null, { step: 1 }], { step: '1' }]) {
    await writeJson(path(9), damaged);
    await expect(readEvaluations(run)).rejects.toMatchObject({ code: 'damaged-file', path: path(9) });
  }
});

test('of two evaluations that are as near to a share of the training, but for the last digits, the earlier one is meant', () => {
  const nearest = (share: number, steps: readonly number[]) =>
    nearestToShare(steps, share, (step) => step / 10);
  expect(nearest(0.4, [0, 3, 5, 8, 10])).toBe(3);
  expect(nearest(0.3, [0, 2, 4, 10])).toBe(2);
  expect(nearest(0.41, [0, 3, 5, 8, 10])).toBe(5);
  expect(nearest(1, [0, 3, 5, 8, 10])).toBe(10);
  expect(nearest(1, [])).toBeUndefined();
});
