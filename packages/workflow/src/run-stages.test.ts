import { describe, expect, test } from 'vitest';
import { numbers, stages, sum } from '../test/stages.js';
import { scratchFolder } from '../test/workshop.js';
import { directoryStore } from './directory-store.js';
import { localExecutor } from './local-executor.js';
import { runStages } from './run-stages.js';
import type { StageProgress } from './stage-kind.js';
import { stageOrder } from './stage-order.js';
import { stageSpec } from './stage-spec.js';

const scratch = scratchFolder();
const values = stageSpec(numbers, { values: [1, 2] }, {});
const total = stageSpec(sum, {}, { first: values });
const failing = stageSpec(sum, { failAt: 1 }, { first: values });

/** Runs stages in this process, and keeps which kinds have run. */
function workshop() {
  const store = directoryStore(scratch.path);
  const executed: string[] = [];
  const kinds = stages.kinds.map((kind) => ({
    ...kind,
    run: (...given: Parameters<typeof kind.run>) => {
      executed.push(`the ${kind.name}`);
      return kind.run(...given);
    },
  }));
  return { store, executor: localExecutor({ store, registry: { ...stages, kinds } }), executed };
}

describe('stages', () => {
  test('are run with all that they rest on, and reported under their names', async () => {
    const progress: StageProgress[] = [];
    const done: string[] = [];
    const { executed, ...options } = workshop();
    const outcome = await runStages([total], {
      ...options,
      names: { title: ({ kind }) => `the ${kind.name}`, suffix: () => ', seed 1' },
      progress: (report) => progress.push(report),
      onDone: ({ kind }) => {
        done.push(kind.name);
      },
    });
    expect(outcome).toEqual({ done: new Set([values.key, total.key]), failures: [] });
    expect(executed).toEqual(['the numbers', 'the sum']);
    expect(done).toEqual(['numbers', 'sum']);
    expect(progress.map(({ task }) => task)).toEqual(['the sum, seed 1', 'the sum, seed 1']);
  });

  test('that are finished are executed no more', async () => {
    const { executed, ...options } = workshop();
    await runStages([values], options);
    const { done } = await runStages([total], options);
    expect(done).toEqual(new Set([values.key, total.key]));
    expect(executed).toEqual(['the numbers', 'the sum']);
  });

  test('that fail end nothing but what rests on them', async () => {
    const { executed: _, ...options } = workshop();
    const outcome = await runStages([failing, total], options);
    expect(outcome.done).toEqual(new Set([values.key, total.key]));
    expect(outcome.failures).toMatchObject([{ stage: { key: failing.key }, error: { code: 'no-salt' } }]);
    expect((await runStages([failing], options)).failures).toEqual([]);
  });

  test('that somebody else works on are not executed until they are given back', async () => {
    const { executed, ...options } = workshop();
    await runStages([values], options);
    const held = await options.store.begin(stageOrder(total, options.store, 'sum'));
    const outcome = runStages([total, failing], {
      ...options,
      onDone: async ({ kind }) => {
        if (kind.name === 'numbers') await held.release();
      },
    });
    expect((await outcome).done).toEqual(new Set([values.key, total.key]));
    expect(executed).toEqual(['the numbers', 'the sum', 'the sum']);
  });

  test('are not begun after the signal', async () => {
    const { executed, ...options } = workshop();
    const controller = new AbortController();
    const outcome = await runStages([total], {
      ...options,
      signal: controller.signal,
      onDone: () => controller.abort(),
    });
    expect(outcome.done).toEqual(new Set([values.key]));
    expect(executed).toEqual(['the numbers']);
  });
});
