import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { end, late, tell, wait } from '../test/stages.js';
import { runSourcesInChildren, scratchFolder, stagesModule } from '../test/workshop.js';
import { directoryStore } from './directory-store.js';
import { performInProcess } from './own-process.js';
import { stageOrder } from './stage-order.js';
import { type StageSpec, stageSpec } from './stage-spec.js';
import type { WorkerRequest } from './worker-messages.js';

describe('a stage in a process of its own', () => {
  const scratch = scratchFolder();
  beforeEach(runSourcesInChildren);
  afterEach(() => vi.unstubAllEnvs());

  const perform = (stage: StageSpec, environment: NodeJS.ProcessEnv = {}): Promise<void> => {
    const store = directoryStore(scratch.path);
    const options = {
      store: store.address,
      module: stagesModule,
      environment: { ...process.env, ...environment },
    };
    const context = { signal: new AbortController().signal, progress: () => {}, log: () => {} };
    return performInProcess(stageOrder(stage, store, `the ${stage.kind.name}`), options, context);
  };

  test('has the environment that it is given', async () => {
    const stage = stageSpec(tell, {}, {});
    await perform(stage, { TF_NUM_INTRAOP_THREADS: '3' });
    const { threads, pid } = (await directoryStore(scratch.path).read(stage))?.result ?? {};
    expect(threads).toBe('3');
    expect(pid).not.toBe(process.pid);
  });

  test.each([
    ['', () => stageSpec(wait, {}, {})],
    [
      ', even if it has something to say then',
      () => stageSpec(late, { until: join(scratch.path, 'gone') }, {}),
    ],
  ])('stops, and gives its stage back, when the process that asked for it ends%s', async (_, make) => {
    const store = directoryStore(scratch.path);
    const waiting = make();
    const child = fork(fileURLToPath(new URL('./stage-worker.js', import.meta.url)));
    const order = stageOrder(waiting, store, 'waiting');
    child.send({
      type: 'perform',
      order,
      store: store.address,
      module: stagesModule,
    } satisfies WorkerRequest);
    await once(child, 'message');
    expect(await store.state(waiting)).toBe('running');
    const [left, ended] = [once(child, 'disconnect'), once(child, 'exit')];
    // What a child sees of its parent's end.
    child.disconnect();
    await left;
    await writeFile(join(scratch.path, 'gone'), '');
    expect(await ended).toEqual([0, null]);
    expect(await store.state(waiting)).toBe('begun');
  });

  test('that ends without a word has failed, and how it ended is said', async () => {
    await expect(perform(stageSpec(end, { code: 3 }, {}))).rejects.toMatchObject({
      code: 'stage-failed',
      message: '@ais/workflow: the process that worked on "the end" ended unexpectedly, with exit code 3.',
    });
  });

  // Windows has no signals: a process that is killed ends with a code there.
  test.skipIf(process.platform === 'win32')(
    'that is killed leaves its stage to the next attempt',
    async () => {
      const killed = perform(stageSpec(end, { by: 'SIGKILL' }, {}));
      await expect(killed).rejects.toThrow(/, by SIGKILL\. .* memory .*--processes 1.* microBatchSize/);
      const store = directoryStore(scratch.path);
      expect(await store.state(stageSpec(end, { by: 'SIGKILL' }, {}))).toBe('begun');
      await expect(perform(stageSpec(end, { by: 'SIGKILL' }, {}))).rejects.toMatchObject({
        code: 'stage-failed',
      });
    },
  );
});
