import { expect, test } from 'vitest';
import type { StudySweep } from '../measures/study-lines.js';
import { byData, byObjective, eachPanel, type Panel } from './panels.js';

const sweeps = (...objectives: string[]): StudySweep[] =>
  objectives.map((objective) => ({ method: { objective }, data: 'D1' }) as StudySweep);

function panelsOf(all: readonly StudySweep[], by: typeof byObjective): [Panel, number][] {
  const found: [Panel, number][] = [];
  eachPanel(all, by, (own, panel) => {
    found.push([panel, own.length]);
    return [];
  });
  return found;
}

test('objectives of the registry are in upper case, each once', () => {
  expect(panelsOf(sweeps('dpo', 'chi-po', 'dpo'), byObjective)).toEqual([
    [{ suffix: '-dpo', title: ', DPO' }, 2],
    [{ suffix: '-chi-po', title: ', CHI-PO' }, 1],
  ]);
});

test.each([
  ['/home/Me/My Own/mine.mjs', '-mine', ', mine'],
  ['C:\\Users\\Me\\mine.ts', '-mine', ', mine'],
  ['/home/me/mine.mjs#second', '-mine-second', ', mine#second'],
  ['@me/Objectives#second', '-Objectives-second', ', Objectives#second'],
  ['/home/me/mine (1).js', '-mine-1-', ', mine (1)'],
])('a module is named without its folders: %s', (objective, suffix, title) => {
  expect(panelsOf(sweeps(objective), byObjective)).toEqual([[{ suffix, title }, 1]]);
});

test('modules of one name in two folders have panels of their own', () => {
  expect(panelsOf(sweeps('/a/mine.mjs', '/b/mine.mjs'), byObjective)).toEqual([
    [{ suffix: '-mine', title: ', mine' }, 1],
    [{ suffix: '-mine-2', title: ', mine (2)' }, 1],
  ]);
});

test('data sets go by their names', () => {
  expect(panelsOf(sweeps('dpo'), byData)).toEqual([[{ suffix: '-D1', title: ', D1' }, 1]]);
});
