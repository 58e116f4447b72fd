import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stages, tell } from '../test/stages.js';
import { runSourcesInChildren, scratchFolder, stagesModule } from '../test/workshop.js';
import { directoryStore } from './directory-store.js';
import { localExecutor } from './local-executor.js';
import { runStages } from './run-stages.js';
import { type StageSpec, stageSpec } from './stage-spec.js';
import { threadShare } from './thread-share.js';

const scratch = scratchFolder();
beforeEach(runSourcesInChildren);
afterEach(() => vi.unstubAllEnvs());

const here = stageSpec(tell, {}, {});
const computed = stageSpec(tell, {}, {}, 'cpu');

async function run(targets: readonly StageSpec<typeof tell>[], processes?: number) {
  const store = directoryStore(scratch.path);
  const options = { store, registry: stages, module: stagesModule };
  const executor = localExecutor({ ...options, ...(processes !== undefined && { processes }) });
  const { failures } = await runStages(targets, { store, executor });
  expect(failures).toEqual([]);
  return Promise.all(targets.map(async (stage) => (await store.read(stage))?.result));
}

test('one process is this one', async () => {
  const results = await run([here, computed]);
  expect(results.map((result) => result?.pid)).toEqual([process.pid, process.pid]);
});

test('of several processes each has one stage that computes, and its share of the cores', async () => {
  const [own, other] = await run([here, computed], 2);
  expect(own?.pid).toBe(process.pid);
  expect(other?.pid).not.toBe(process.pid);
  expect(other?.threads).toBe(threadShare(2)['TF_NUM_INTRAOP_THREADS']);
});

test('several processes need a module to get the stages from', () => {
  const store = directoryStore(scratch.path);
  expect(() => localExecutor({ store, registry: stages, processes: 2 })).toThrow(
    /Give its URL as `module`\./,
  );
});
