import { expect, test } from 'vitest';
import { type ExactStudySettings, exactPreset } from '../settings/exact-settings.js';
import { type PlannedWorld, planExact } from './exact-plan.js';

const tiny: ExactStudySettings = { study: 'exact', scale: 'tiny', ...exactPreset('tiny') };

const at = (base: Partial<ExactStudySettings['exact']['base']>): PlannedWorld[] =>
  planExact({ ...tiny, exact: { ...tiny.exact, base: { ...tiny.exact.base, ...base }, grid: true } });

test('worlds begin with the first of the seeds, counted from exact.firstSeed', () => {
  const planned = (settings: ExactStudySettings): unknown[] =>
    planExact(settings).map(({ stage }) => [stage.settings.firstSeed, stage.settings.looks]);
  const exact = { ...tiny.exact, firstSeed: 301 };
  expect(new Set(planned({ ...tiny, seeds: [4, 5, 6] }).map(String))).toEqual(new Set(['4,3']));
  expect(new Set(planned({ ...tiny, exact }).map(String))).toEqual(new Set(['301,6']));
  expect(new Set(planned({ ...tiny, seeds: [4, 5, 6], exact }).map(String))).toEqual(new Set(['304,3']));
});

test('stages of the first seeds have no first seed in their keys', () => {
  expect(planExact(tiny).every(({ stage }) => !('firstSeed' in stage.settings))).toBe(true);
});

test('a base at another β has a run at it, in the main effects alone', () => {
  const betasOf = (part: PlannedWorld['part']): string[] =>
    at({ beta: 0.05 }).flatMap((world) =>
      world.part === part ? [world.stage.settings.betas.join(' ')] : [],
    );
  expect(new Set(betasOf('main'))).toEqual(new Set(['0.01 0.05 1']));
  expect(new Set(betasOf('grid'))).toEqual(new Set(['0.01 1']));
  expect(planExact(tiny)[0]?.stage.settings.betas).toEqual([0.01, 1]);
});

test.each([{ length: 5 }, { context: 2 }, { pairs: 20 }, { flips: 0.1 }])(
  'a base with another level, %j, is a world of its own',
  (base) => {
    expect(at(base)[0]).toMatchObject({ part: 'main', factors: base });
  },
);
