import { expect, test } from 'vitest';
import { numbers, sum } from '../test/stages.js';
import { remainingStages, stageDurations } from './stage-durations.js';
import { type StageSpec, stageSpec } from './stage-spec.js';
import type { StageRecord } from './stage-store.js';

const values = stageSpec(numbers, { values: [1] }, {});
const total = (seed: number, failAt: number, backend = 'wasm'): StageSpec =>
  stageSpec(sum, { seed, failAt }, { first: values }, backend);
const finished = (stage: StageSpec, seconds: number): StageRecord => ({
  kind: stage.kind.name,
  key: stage.key,
  settings: stage.settings,
  needs: {},
  ...(stage.backend !== undefined && { backend: stage.backend }),
  versions: {},
  seconds,
  result: null,
});

test('stages that differ in nothing that takes time say how long one takes', async () => {
  const store = {
    async *records() {
      yield* [finished(total(1, 0), 10), finished(total(2, 0), 20), finished(total(1, 4), 500)];
    },
  };
  const seconds = await stageDurations(store, ({ settings }) => {
    const { seed: _, ...size } = settings as { seed?: number };
    return size;
  });
  expect(seconds(total(3, 0))).toBe(15);
  expect(seconds(total(3, 4))).toBe(500);
  expect(seconds(total(3, 2))).toBeUndefined();
  expect(seconds(total(3, 0, 'native'))).toBeUndefined();
  expect(seconds(values)).toBeUndefined();

  const own = await stageDurations(store);
  expect([own(total(2, 0)), own(total(3, 0))]).toEqual([20, undefined]);
});

test('what is left of a plan takes as long as what was finished like it, also meanwhile', async () => {
  const store = {
    async *records() {
      yield* [finished(total(1, 0), 10), finished(total(9, 0), 20)];
    },
  };
  const stages = [values, ...[1, 2, 3].map((seed) => total(seed, 0)), total(1, 4), total(2, 4)];
  const left = await remainingStages([...stages, ...stages], store, ({ settings }) => {
    const { seed: _, ...size } = settings as { seed?: number };
    return size;
  });
  expect([left.count, left.has(total(1, 0)), left.has(total(2, 0))]).toEqual([5, false, true]);
  expect(left.time()).toEqual({ seconds: 30, unknown: 3 });
  expect([left.finish(finished(total(1, 4), 100)), left.finish(finished(total(1, 4), 100))]).toEqual([
    true,
    false,
  ]);
  expect(left.finish(finished(total(2, 0), 30))).toBe(true);
  expect([left.count, left.time()]).toEqual([3, { seconds: 120, unknown: 1 }]);
});
