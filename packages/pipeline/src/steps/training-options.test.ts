import { expect, test, vi } from 'vitest';
import { readSettings } from '../settings/read-settings.js';
import { warnOfIdleRun } from './training-options.js';

test.each([
  ['one step of warm-up', { steps: 1, warmupSteps: 4 }, 100, true],
  ['one step, and a share of warm-up', { steps: 1, warmupFraction: 0.03 }, 100, true],
  ['epochs that make one step', { epochs: 1, batchSize: 8, warmupFraction: 0.03 }, 8, true],
  ['one step without warm-up', { steps: 1, warmupSteps: 0 }, 100, false],
  ['two steps', { steps: 2, warmupSteps: 4 }, 100, false],
  ['epochs that make two steps', { epochs: 1, batchSize: 8, warmupFraction: 0.03 }, 9, false],
])('a run that learns nothing is told: %s', async (_, training, examples, told) => {
  const settings = await readSettings('sft', { flags: { preset: 'tiny', training } });
  const onWarning = vi.fn();
  warnOfIdleRun(settings.training, examples, { onWarning });
  expect(onWarning.mock.calls).toEqual(
    told ? [[expect.stringMatching(/learning rate of 0.*--warmup-steps 0/)]] : [],
  );
});
