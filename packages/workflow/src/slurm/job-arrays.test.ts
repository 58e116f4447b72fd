import { expect, test } from 'vitest';
import { numbers, sum } from '../../test/stages.js';
import { directoryStore } from '../directory-store.js';
import type { StageKind } from '../stage-kind.js';
import { type StageOrder, stageOrder } from '../stage-order.js';
import { type StageSpec, stageSpec, stagesInOrder } from '../stage-spec.js';
import { jobArrays } from './job-arrays.js';

const store = directoryStore('store');
const run: StageKind<{ readonly method: string; readonly seed: number }, Record<string, string>, null> = {
  name: 'run',
  run: async () => null,
};
const title = ({ settings }: StageSpec): string => JSON.stringify(settings);
const planOf = (targets: readonly StageSpec[]): StageOrder[] =>
  stagesInOrder(targets).map((stage) => stageOrder(stage, store, title(stage)));
const shown = (plan: readonly StageOrder[]) =>
  jobArrays(plan).map(({ name, tasks, after }) => ({
    name,
    tasks: Object.fromEntries([...tasks].map(([index, order]) => [index, order.title])),
    after: after.map(({ array, how }) => `${how}:${array}`),
  }));

const corpus = stageSpec(numbers, { values: [0] }, {});
const pairs = (seed: number): StageSpec => stageSpec(sum, { seed }, { first: corpus });
const trained = (method: string, seed: number, more: Record<string, StageSpec> = {}): StageSpec =>
  stageSpec(run, { method, seed }, { corpus, pairs: pairs(seed), ...more });

test('seeds of one method are an array each of whose runs begins when the pairs of its seed are there', () => {
  const runs = [1, 2, 3].flatMap((seed) => ['dpo', 'ais'].map((method) => trained(method, seed)));
  expect(shown(planOf(runs))).toEqual([
    { name: '0-numbers', tasks: { 0: '{"values":[0]}' }, after: [] },
    {
      name: '1-sum',
      tasks: { 0: '{"seed":1}', 1: '{"seed":2}', 2: '{"seed":3}' },
      after: ['afterok:0-numbers'],
    },
    ...['dpo', 'ais'].map((method, index) => ({
      name: `${index + 2}-run`,
      tasks: Object.fromEntries([1, 2, 3].map((seed) => [seed - 1, JSON.stringify({ method, seed })])),
      after: ['afterok:0-numbers', 'aftercorr:1-sum'],
    })),
  ]);
});

test('a run of one seed alone keeps the index of what it needs', () => {
  const [, , only] = shown(planOf([pairs(1), pairs(2), trained('dpo', 2)]));
  expect(only).toEqual({
    name: '2-run',
    tasks: { 1: '{"method":"dpo","seed":2}' },
    after: ['afterok:0-numbers', 'aftercorr:1-sum'],
  });
});

test('what needs several of an array waits for all of them, and sees for itself whether its own succeeded', () => {
  const mean = stageSpec(sum, {}, { first: trained('dpo', 1), second: trained('dpo', 2) });
  const crossed = [1, 2].map((seed) => trained('late', seed, { other: trained('dpo', 3 - seed) }));
  const arrays = shown(planOf([mean, ...crossed]));
  expect(arrays.at(-2)).toMatchObject({ name: '3-sum', after: ['afterany:2-run'] });
  expect(arrays.at(-1)).toMatchObject({
    name: '4-run',
    after: ['afterok:0-numbers', 'aftercorr:1-sum', 'afterany:2-run'],
  });
});

test('a failure cancels only what needs the failed stage', () => {
  const other = stageSpec(run, { method: 'other', seed: 0 }, {});
  const of = (seed: number, needs: Record<string, StageSpec>): StageSpec =>
    stageSpec(run, { method: 'of', seed }, needs);
  const mixed = shown(planOf([of(1, { corpus }), of(2, { other })]));
  expect(mixed.at(-1)).toMatchObject({ after: ['afterany:0-numbers', 'afterany:1-run'] });
  // The first needs a stage in two roles, and the second does not.
  const [x, y] = [of(3, {}), of(4, {})];
  const main = [1, 2, 3].map(pairs);
  const twice = shown(
    planOf([...main, x, y, of(5, { main: pairs(1), x, also: x }), of(6, { main: pairs(2) })]),
  );
  expect(twice.at(-1)).toMatchObject({ after: ['aftercorr:2-sum', 'afterany:1-run'] });
});

test('what is finished is waited for by nobody', () => {
  const [first, ...rest] = planOf([trained('dpo', 1)]);
  expect(first?.kind).toBe('numbers');
  expect(shown(rest).map(({ after }) => after)).toEqual([[], ['afterok:0-sum']]);
});

test('no array is larger than Slurm allows, and every stage is in one array, after what it needs', () => {
  const plan = planOf(Array.from({ length: 2500 }, (_, seed) => trained('dpo', seed)));
  const arrays = jobArrays(plan);
  expect(arrays.map(({ tasks }) => tasks.size)).toEqual([1, 1000, 1000, 500, 1000, 1000, 500]);
  for (const { tasks } of arrays) expect(Math.max(...tasks.keys())).toBeLessThan(1000);
  expect(
    arrays
      .flatMap(({ tasks }) => [...tasks.values()])
      .map(({ key }) => key)
      .sort(),
  ).toEqual(plan.map(({ key }) => key).sort());
  const places = new Map(arrays.map(({ name }, place) => [name, place]));
  arrays.forEach(({ after }, place) => {
    for (const { array } of after) expect(places.get(array)).toBeLessThan(place);
  });
});

test('names of arrays are safe in files and variables, whatever kinds are called', () => {
  const odd: StageKind = { name: "../a 'b'\n$(c)", run: async () => null };
  expect(jobArrays(planOf([stageSpec(odd, {}, {})])).map(({ name }) => name)).toEqual(['0-___a__b____c_']);
});
