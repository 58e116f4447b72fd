import { expect, test } from 'vitest';
import { numbers, sum } from '../test/stages.js';
import { type StageSpec, stageSpec, stagesInOrder } from './stage-spec.js';

const values = stageSpec(numbers, { values: [1, 2] }, {});
const total = stageSpec(sum, { seed: 1 }, { first: values }, 'wasm');

test('a key is a hash of the kind, the settings, the keys of what is needed, and the back end', () => {
  // printf '{"kind":"numbers","needs":{},"settings":{"values":[1,2]}}' | sha256sum
  expect(values.key).toBe('e6eae3c86b1ef35f24347690e8a5161d5c69c86a73c3813c39f3370392c3da89');
  const others = [
    stageSpec(sum, { seed: 2 }, { first: values }, 'wasm'),
    stageSpec(sum, { seed: 1 }, { first: values }, 'native'),
    stageSpec(sum, { seed: 1 }, { first: values }),
    stageSpec(sum, { seed: 1 }, { first: values, second: values }, 'wasm'),
    stageSpec(sum, { seed: 1 }, { first: stageSpec(numbers, { values: [2] }, {}) }, 'wasm'),
    stageSpec({ ...sum, version: '2' }, { seed: 1 }, { first: values }, 'wasm'),
    stageSpec({ ...sum, name: 'add' }, { seed: 1 }, { first: values }, 'wasm'),
  ];
  expect(new Set([total, ...others].map(({ key }) => key)).size).toBe(8);
});

test('equal stages have equal keys, whatever the order of their settings', () => {
  const reversed = stageSpec(sum, { seed: 1, failAt: 3 }, { first: values });
  expect(stageSpec(sum, { failAt: 3, seed: 1 }, { first: values }).key).toBe(reversed.key);
});

test('stages in order come once each, after what they need', () => {
  const again = stageSpec(
    sum,
    { seed: 2 },
    { first: values, second: stageSpec(numbers, { values: [3] }, {}) },
  );
  const names = stagesInOrder([total, again, total]).map(({ kind, settings }) => [kind.name, settings]);
  expect(names).toEqual([
    ['numbers', { values: [1, 2] }],
    ['sum', { seed: 1 }],
    ['numbers', { values: [3] }],
    ['sum', { seed: 2 }],
  ]);
});

test('a chain of stages may be long', () => {
  let last: StageSpec = values;
  for (let seed = 1; seed <= 10_000; seed += 1) last = stageSpec(sum, { seed }, { first: last });
  const stages = stagesInOrder([last]);
  expect([stages.length, stages[0], stages.at(-1)]).toEqual([10_001, values, last]);
});

test('settings, needs and results belong to the kind', () => {
  // @ts-expect-error: the values are numbers.
  stageSpec(numbers, { values: ['1'] }, {});
  // @ts-expect-error: a sum needs its first numbers.
  stageSpec(sum, {}, {});
  // @ts-expect-error: a sum has no third numbers.
  expect(stageSpec(sum, {}, { first: values, third: values }).needs).toHaveProperty('third');
});
