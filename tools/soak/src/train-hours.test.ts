import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { differingSteps, type MetricsByStep, metricsByStep } from './metrics-by-step.js';
import { type TrainedHours, trainHours } from './train-hours.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ais-hours-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** No time: each process ends after its first update. */
const train = (): Promise<TrainedHours> =>
  trainHours({
    directory,
    hours: 0,
    killEvery: 60,
    size: 'tiny',
    backend: process.env['AIS_BACKEND'] ?? 'wasm',
    random: () => 0.5,
    say: () => {},
  });

// The built program, which is there to be killed: `pnpm build` first.
test('a call goes on where the last one ended, and compares both runs update by update', async () => {
  expect(await train()).toMatchObject({ steps: 1, kills: 0, repeated: 0, differences: 0 });
  expect(await train()).toMatchObject({ steps: 1, kills: 0, repeated: 0, differences: 0 });
  const metrics = join(directory, 'killed', 'metrics.jsonl');
  expect(readFileSync(metrics, 'utf8').trimEnd().split('\n')).toHaveLength(2);
});

test('a number that differs is found, and neither times nor a line that was cut off', () => {
  const lines = (loss: number, seconds: number): string =>
    [1, 2, 3]
      .map((step) => JSON.stringify({ event: 'train', step, loss: loss / step, 'timing/seconds': seconds }))
      .join('\n');
  for (const [run, text] of Object.entries({
    own: `${lines(3, 1)}\n`,
    cut: `${lines(3, 2)}\n{"event":"train","st`,
    other: `${lines(3, 1).replace('1.5', '1.5000000000000002')}\n`,
  })) {
    mkdirSync(join(directory, run));
    writeFileSync(join(directory, run, 'metrics.jsonl'), text);
  }
  const [own, cut, other] = ['own', 'cut', 'other'].map((run) => metricsByStep(join(directory, run))) as [
    MetricsByStep,
    MetricsByStep,
    MetricsByStep,
  ];
  expect([...cut.keys()]).toEqual([1, 2, 3]);
  expect(differingSteps(cut, own)).toEqual([]);
  expect(differingSteps(other, own)).toEqual([2]);
});
