import { describe, expect, test } from 'vitest';
import { stageExecutor, threadShare } from './execute-stage.js';
import type { StageOrder } from './run-stage.js';
import type { StageProgress } from './stage-context.js';

test('processes share the cores evenly, each with one at least', () => {
  expect(threadShare(2, {}, 8)).toEqual({ TF_NUM_INTRAOP_THREADS: '4', TF_NUM_INTEROP_THREADS: '4' });
  expect(threadShare(3, {}, 2)).toEqual({ TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' });
});

test('what the user has set stays', () => {
  expect(threadShare(2, { TF_NUM_INTRAOP_THREADS: '3' }, 8)).toMatchObject({ TF_NUM_INTRAOP_THREADS: '3' });
});

describe('a stage in a process of its own', () => {
  const execute = stageExecutor(2, new URL('./fixtures/worker.js', import.meta.url));
  const order = (title: string): StageOrder => ({
    kind: 'sft',
    key: 'key',
    settings: {},
    needs: {},
    folders: {},
    backend: 'wasm',
    directory: 'directory',
    title,
    shared: true,
  });
  const never = new AbortController().signal;

  test('reports its progress and its end', async () => {
    const progress: StageProgress[] = [];
    await execute(order('ends well'), { signal: never, progress: (report) => progress.push(report) });
    expect(progress).toEqual([{ task: 'ends well', completed: 1, total: 2 }]);
  });

  test('has its failure thrown here, told apart as there', async () => {
    const failing = execute(order('fails'), { signal: never, progress: () => {} });
    await expect(failing).rejects.toMatchObject({
      name: 'TrainerError',
      message: 'in use',
      code: 'run-in-use',
    });
  });

  test('that ends without a word has failed, and how it ended is said', async () => {
    const dying = execute(order('dies'), { signal: never, progress: () => {} });
    await expect(dying).rejects.toThrow(
      /the process that worked on "dies" ended unexpectedly, with exit code 3\.$/,
    );
  });

  // Windows has no signals: a process that is killed ends with a code there.
  test.skipIf(process.platform === 'win32').each([
    ['SIGKILL', /, by SIGKILL\. .* memory .*--processes 1.* microBatchSize/],
    ['SIGTERM', /, by SIGTERM\.$/],
  ])('that %s ends has failed, with what to do where memory ran out', async (name, message) => {
    const killed = execute(order(`is ended by ${name}`), { signal: never, progress: () => {} });
    await expect(killed).rejects.toThrow(message);
  });

  test('is told to stop, and waited for', async () => {
    const controller = new AbortController();
    const stopped = execute(order('waits'), {
      signal: controller.signal,
      progress: () => controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('knows its share of the cores', async () => {
    const telling = execute(order('tells its threads'), { signal: never, progress: () => {} });
    await expect(telling).rejects.toThrow(threadShare(2)['TF_NUM_INTRAOP_THREADS']);
  });
});
