import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { dpo } from '../index.js';
import { objectiveChecks, testObjective } from './index.js';
import { requireBackend } from './require-backend.js';

afterEach(() => void vi.restoreAllMocks());

const options = {
  optionsArbitrary: fc.constant({ beta: 0.1 }),
  skip: { golden: 'not what is tested' },
  numRuns: 1,
};
const message =
  /: no back end is registered in @tensorflow\/tfjs-core.*import '@tensorflow\/tfjs-backend-cpu'/;

it('is content with a back end', () => {
  expect(requireBackend).not.toThrow();
});

it('the suite says once that there is none', async () => {
  vi.spyOn(tf.engine(), 'backendNames').mockReturnValue([]);
  await expect(testObjective(dpo, options)).rejects.toMatchObject({
    code: 'missing-backend',
    message: expect.stringMatching(message),
  });
});

it('each check says so when it runs, and not before', async () => {
  vi.spyOn(tf.engine(), 'backendNames').mockReturnValue([]);
  const checks = objectiveChecks(dpo, options);
  for (const { run } of checks) await expect(run()).rejects.toThrow(message);
  vi.restoreAllMocks();
  const [description] = checks;
  await description?.run();
});
