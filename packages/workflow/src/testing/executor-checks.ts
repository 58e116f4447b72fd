import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { directoryStore } from '../directory-store.js';
import type { Executor } from '../executor.js';
import { type RunStagesOptions, runStages, type StagesOutcome } from '../run-stages.js';
import type { StageProgress } from '../stage-kind.js';
import type { StageRegistry } from '../stage-registry.js';
import { type StageSpec, stageSpec } from '../stage-spec.js';
import type { StageStore } from '../stage-store.js';
import { KitchenError, numbers, stages, stagesModule, sum, wait } from './stages.js';

/** What an executor under test is made for. */
export interface ExecutorBench {
  readonly store: StageStore;
  /** The kinds of stages of the suite. */
  readonly registry: StageRegistry;
  /** The URL of the module that exports them as `stages`. */
  readonly module: string;
  /** Stages that may be at work at once. */
  readonly slots: number;
}

/** Makes the executor that is tested, for a store and a registry of the suite. */
export type ExecutorFactory = (bench: ExecutorBench) => Executor | Promise<Executor>;

/** One law of executors. */
export interface ExecutorCheck {
  readonly name: string;
  /** Rejects if the law is broken. */
  readonly run: () => Promise<void>;
}

/** Options of `executorChecks` and `testExecutor`. */
export interface ExecutorTestOptions {
  /**
   * The back end that the suite's stages name, though they compute nothing; by default they name none. For executors to
   * which that makes a difference.
   */
  readonly backend?: string;
  /** Makes the store of a check, in a folder of its own; by default a `directoryStore` there. */
  readonly store?: (folder: string) => StageStore | Promise<StageStore>;
}

/**
 * What holds for every executor, one check for each law. Each works in a temporary folder of its own.
 *
 * @example
 * const checks = executorChecks(({ store, registry }) => localExecutor({ store, registry }));
 * console.log(checks.length > 3); // true
 */
export function executorChecks(create: ExecutorFactory, options: ExecutorTestOptions = {}): ExecutorCheck[] {
  return Object.entries(laws).map(([name, law]) => ({
    name,
    async run() {
      const root = await mkdtemp(join(tmpdir(), 'ais-executor-'));
      const executors: Executor[] = [];
      const store = (await options.store?.(root)) ?? directoryStore(root);
      const open = async (slots = 2): Promise<Executor> => {
        const executor = await create({ store, registry: stages, module: stagesModule, slots });
        executors.push(executor);
        return executor;
      };
      try {
        await law(trial(store, open, options.backend));
      } finally {
        for (const executor of executors) await executor.close?.();
        await rm(root, { recursive: true, force: true });
      }
    },
  }));
}

type Run = (
  targets: readonly StageSpec[],
  options?: Partial<RunStagesOptions> & { readonly slots?: number },
) => Promise<StagesOutcome>;

interface Trial {
  readonly store: StageStore;
  /** Runs targets on an executor of their own. */
  readonly run: Run;
  readonly values: StageSpec;
  readonly add: (settings?: Parameters<typeof sum.run>[0], first?: StageSpec) => StageSpec<typeof sum>;
  readonly waiting: StageSpec;
  /** The text of a file that a finished stage left. */
  readonly file: (stage: StageSpec, name: string) => Promise<string>;
}

function trial(
  store: StageStore,
  open: (slots?: number) => Promise<Executor>,
  backend: string | undefined,
): Trial {
  const values = stageSpec(numbers, { values: [1, 2, 3] }, {}, backend);
  return {
    store,
    run: async (targets, { slots, ...options } = {}) =>
      runStages(targets, { store, executor: await open(slots), names, ...options }),
    values,
    add: (settings = {}, first = values) => stageSpec(sum, settings, { first }, backend),
    waiting: stageSpec(wait, {}, {}, backend),
    file: async (stage, name) => readFile(join(await store.open(stage), name), 'utf8'),
  };
}

const names = { title: ({ kind }: StageSpec): string => `the ${kind.name}` };
const keysOf = (targets: readonly StageSpec[]): Set<string> => new Set(targets.map(({ key }) => key));

const laws: Readonly<Record<string, (trial: Trial) => Promise<void>>> = {
  'runs each stage of a plan once, after what it needs': async ({ store, run, values, add, file }) => {
    const other = stageSpec(numbers, { values: [4] }, {}, values.backend);
    const [one, two] = [add({ seed: 1 }), add({ seed: 2 })];
    const both = stageSpec(sum, {}, { first: values, second: other }, values.backend);
    const done: string[] = [];
    const outcome = await run([one, two, both], {
      onDone: ({ key }) => {
        done.push(key);
      },
    });
    assert.deepEqual(outcome, { done: keysOf([values, other, one, two, both]), failures: [] });
    assert.equal(done.length, 5, 'onDone is called once for each stage');
    for (const stage of [one, two, both]) {
      assert.ok(done.indexOf(values.key) < done.indexOf(stage.key), 'a stage is done after what it needs');
      assert.equal(await file(stage, 'runs.txt'), 'run\n');
      await store.verify(stage);
    }
    const { files, seconds, ...record } = { files: {}, ...(await store.read(both)) };
    assert.ok(Object.keys(files).length > 0 && typeof seconds === 'number');
    assert.deepEqual(record, {
      kind: 'sum',
      key: both.key,
      settings: {},
      needs: { first: values.key, second: other.key },
      ...(values.backend !== undefined && { backend: values.backend }),
      fingerprints: { [values.key]: '1,2,3', [other.key]: '4' },
      versions: { kitchen: '1.0.0' },
      result: { total: 10 },
    });
  },

  'reports the progress of each stage, and its log': async ({ run, values, add }) => {
    const progress: StageProgress[] = [];
    const log: [string, string][] = [];
    await run([add()], {
      progress: (report) => progress.push(report),
      log: (line, { key }) => log.push([line.replace(/[\d.]+ s$/, 'n s'), key]),
    });
    assert.deepEqual(
      progress,
      [1, 2, 3].map((completed) => ({ task: 'the sum', completed, total: 3 })),
    );
    assert.deepEqual(log, [
      ...['begins', 'finished in n s'].map((line) => [line, values.key]),
      ...['begins', 'adds 3 numbers', 'finished in n s'].map((line) => [line, add().key]),
    ]);
  },

  'runs a finished stage no second time': async ({ run, values, add, file }) => {
    await run([add()]);
    const { done } = await run([add()]);
    assert.deepEqual(done, keysOf([values, add()]));
    assert.equal(await file(add(), 'runs.txt'), 'run\n');
  },

  'leaves one result of a plan that runs twice at once': async ({ store, run, add, values, file }) => {
    const targets = [add({ seed: 1 }), add({ seed: 2 })];
    const outcomes = await Promise.all([run(targets), run(targets)]);
    for (const outcome of outcomes) {
      assert.deepEqual(outcome, { done: keysOf([values, ...targets]), failures: [] });
    }
    for (const stage of targets) {
      assert.deepEqual((await store.read(stage))?.result, { total: 6 });
      assert.equal(await file(stage, 'runs.txt'), 'run\n');
    }
  },

  'loses to a failure only what rests on it, tells it apart, and resumes later': async ({
    store,
    run,
    add,
    values,
    file,
  }) => {
    const failing = add({ failAt: 2 });
    const fine = add();
    const { done, failures } = await run([failing, fine]);
    assert.deepEqual(done, keysOf([values, fine]));
    assert.deepEqual(
      failures.map(({ stage }) => stage.key),
      [failing.key],
    );
    const error = failures[0]?.error as KitchenError;
    assert.ok(error instanceof KitchenError, 'instanceof tells what was thrown');
    const { name, code, exit, message } = error;
    assert.deepEqual(
      { name, code, exit, message },
      {
        name: 'KitchenError',
        code: 'no-salt',
        exit: 'usage',
        message: '@ais/kitchen: There is no salt. Buy some.',
      },
    );
    assert.equal(await store.state(failing), 'failed');

    const again = await run([failing]);
    assert.deepEqual(again, { done: keysOf([values, failing]), failures: [] });
    assert.deepEqual((await store.read(failing))?.result, { total: 6 });
    assert.equal(await file(failing, 'runs.txt'), 'run\nrun\n');
    assert.equal(await file(failing, 'partial.json'), await file(fine, 'partial.json'));
  },

  'stops what is at work, begins nothing further, and resumes later': async ({
    store,
    run,
    add,
    values,
    waiting,
    file,
  }) => {
    const pausing = add({ pauseAt: 1 });
    const after = stageSpec(sum, {}, { first: values, second: values }, values.backend);
    const controller = new AbortController();
    const stopped = await run([pausing], {
      signal: controller.signal,
      progress: () => controller.abort(),
    });
    assert.deepEqual(stopped.done, keysOf([values]));
    assert.equal(await store.state(pausing), 'begun');
    const none = await run([after, waiting], { signal: AbortSignal.abort() });
    assert.deepEqual(
      [none.done.size, await store.state(after), await store.state(waiting)],
      [0, 'due', 'due'],
    );

    assert.deepEqual(await run([pausing]), { done: keysOf([values, pausing]), failures: [] });
    assert.deepEqual((await store.read(pausing))?.result, { total: 6 });
    assert.equal(await file(pausing, 'runs.txt'), 'run\nrun\n');
  },

  'begins the more urgent first': async ({ store, run, add, values }) => {
    const seeds = [0, 1, 2, 3];
    const targets = seeds.map((seed) => add({ seed }));
    const urgency = new Map(targets.map(({ key }, index) => [key, [1, 0, 7, 3][index] ?? 0]));
    const begun: string[] = [];
    await run(targets, {
      slots: 1,
      priority: ({ key }) => urgency.get(key) ?? 0,
      log: (line, { key }) => {
        if (line === 'begins' && key !== values.key) begun.push(key);
      },
    });
    assert.deepEqual(
      begun.map((key) => urgency.get(key)),
      [7, 3, 1, 0],
    );
    for (const stage of targets) assert.equal(await store.state(stage), 'finished');
  },
};
