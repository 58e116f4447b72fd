import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sides } from '../sides/registry.js';
import type { Side } from '../sides/side.js';
import { measureQueue, summarizeQueue } from './queue.js';

// The processes of stages run the sources, as this test does.
beforeEach(() => {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  vi.stubEnv('NODE_OPTIONS', `--import ${tsx} --conditions=@ais/source`);
});
afterEach(() => vi.unstubAllEnvs());

test('measures a queue, what it adds to a job, and plans', async () => {
  const settings = { jobs: 20, workers: 2, slots: 2, longJobs: 1, longSeconds: 1, stages: 100 };
  const result = await measureQueue(settings, {
    threads: 1,
    onProgress: () => {},
    start: async (program) => {
      if ('python' in program) throw new Error(`${program.python}.py was started.`);
      return (await sides[program.side](program.settings as never)) as Side<never, never>;
    },
  });
  expect(result.plans).toMatchObject({ study: { stages: 100 }, chain: { stages: 100 } });
  expect(result.jobsPerSecond).toBeCloseTo(20 / result.drainSeconds);
  // A process of its own takes longer than a moment, and less than a minute.
  expect(result.overheadSeconds).toBeGreaterThan(0);
  expect(result.overheadSeconds).toBeLessThan(60);
  expect(summarizeQueue(result)).toMatchObject({ overhead: result.overheadSeconds });
});
