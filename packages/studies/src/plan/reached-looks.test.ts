import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configureStudies } from '../configuration/study-configuration.js';
import { reachedLooks } from './reached-looks.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ais-looks-'));
});
afterEach(() => rmSync(root, { recursive: true }));
const scratch = (...names: string[]): string => join(root, ...names);

/** Data of the first seeds of a study, as they are written. */
function write(study: string, seeds: readonly number[]): void {
  mkdirSync(scratch(study));
  writeFileSync(scratch(study, 'study.json'), JSON.stringify({ study, seeds }));
}

test('studies of one folder are each at a look of their own, and those without looks are as they were', async () => {
  const { settings } = await configureStudies({ name: 'fig2,fig3', seeds: [1, 2, 4] }, 'store');
  const { settings: plain } = await configureStudies({ name: 'fig4', seeds: [3] }, 'store');
  write('fig2', [1]);
  write('fig3', [1, 2]);
  const claims = [
    { figure: 'fig2', verdict: 'shown' },
    { figure: 'fig3', verdict: 'open' },
  ];
  writeFileSync(scratch('claims.json'), JSON.stringify(claims));
  const { needed, reached } = await reachedLooks([...settings, ...plain], scratch());
  expect(needed.map(({ study, seeds }) => [study, seeds.length])).toEqual([
    ['fig2', 1],
    ['fig3', 4],
    ['fig4', 3],
  ]);
  expect(reached).toEqual([
    { study: 'fig2', look: 1, looks: 3, isDecided: true },
    { study: 'fig3', look: 3, looks: 3, isDecided: false },
  ]);
});

test('a part of a study has only the looks for which it has seeds', async () => {
  const { settings } = await configureStudies({ name: 'fig2', seeds: [1, 2, 4] }, 'store');
  const part = settings.map((each) => ({ ...each, seeds: [1] }));
  expect(await reachedLooks(part, scratch())).toEqual({ needed: part, reached: [] });
});

test('a part of a study whose seeds end between two looks has reached the last one with all of them', async () => {
  const { settings } = await configureStudies({ name: 'fig2', seeds: [1, 2, 4] }, 'store');
  const part = settings.map((each) => ({ ...each, seeds: [1, 2, 3] }));
  write('fig2', [1, 2, 3]);
  writeFileSync(scratch('claims.json'), JSON.stringify([{ figure: 'fig2', verdict: 'shown' }]));
  expect(await reachedLooks(part, scratch())).toEqual({
    needed: part,
    reached: [{ study: 'fig2', look: 3, looks: 3, isDecided: true }],
  });
});

test('data without their claims decide nothing', async () => {
  const { settings } = await configureStudies({ name: 'fig2', seeds: [1, 2] }, 'store');
  write('fig2', [1]);
  const { reached } = await reachedLooks(settings, scratch());
  expect(reached).toEqual([{ study: 'fig2', look: 1, looks: 2, isDecided: false }]);
});
