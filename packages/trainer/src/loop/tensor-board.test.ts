import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type LinearStage, linearStage } from '../../test/linear-stage.js';
import { runFolder } from '../../test/run-folder.js';
import { crc32c, encodeEvent } from './event-file.js';
import { tensorBoard } from './tensor-board.js';
import { runTraining } from './training-loop.js';

const folder = runFolder();
let stage: LinearStage | undefined;
afterEach(() => stage?.dispose());

describe('event files', () => {
  it('have the checksum of RFC 3720, appendix B.4', () => {
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
  });

  it('have the bytes that Python’s tensorboard writes', async () => {
    const golden = JSON.parse(
      await readFile(new URL('../../fixtures/tensor-board.json', import.meta.url), 'utf8'),
    ) as { records: Record<string, string> };
    const written = {
      version: encodeEvent({ seconds: 1700000000.25, version: 'brain.Event:2' }),
      restart: encodeEvent({ seconds: 1700000000.25, restartAt: 301 }),
      scalars: encodeEvent({
        seconds: 1700000001.5,
        step: 2 ** 33 + 5,
        scalars: { loss: 0.6931471824645996, 'rewards/margins': -2.5, π: Number.NaN },
      }),
      beginning: encodeEvent({ seconds: 0.5, step: 0, scalars: { loss: 0 } }),
    };
    expect(
      Object.fromEntries(Object.entries(written).map(([name, bytes]) => [name, bytes.toString('hex')])),
    ).toEqual(golden.records);
  });
});

it('writes the first step after a resume of a run that has skipped some', async () => {
  const run = async (stopAt: number, resume: boolean): Promise<void> => {
    stage?.dispose();
    const own = linearStage();
    stage = own;
    if (!resume) for (let index = 0; index < own.exampleCount; index++) own.poisoned.add(index);
    await runTraining(own, {
      directory: folder('run'),
      seed: 1,
      steps: 3,
      batchSize: 5,
      learningRate: 0.01,
      resume,
      nonFinite: { skip: 1 },
      onWarning: () => {},
      callbacks: [
        tensorBoard(),
        {
          step: ({ step }, control) => {
            own.poisoned.clear();
            if (step === stopAt) control.stop('for now');
          },
        },
      ],
    });
  };
  await run(2, false);
  await run(3, true);
  const directory = join(folder('run'), 'tensorboard');
  const files = (await readdir(directory)).sort();
  const [first, second] = await Promise.all(files.map((name) => readFile(join(directory, name))));
  expect(first?.includes('skipped')).toBe(true);
  expect(second?.includes('skipped')).toBe(false);
  expect(second?.includes('grad_norm')).toBe(true);
});

it('writes a run’s steps and evaluations, and one file each time that it resumes', async () => {
  const run = async (steps: number, resume: boolean): Promise<void> => {
    stage?.dispose();
    stage = linearStage();
    await runTraining(stage, {
      directory: folder('run'),
      seed: 1,
      steps: 4,
      batchSize: 5,
      learningRate: 0.01,
      resume,
      evaluateAt: [2],
      onEvaluate: async () => ({ 'eval/kl': 3 }),
      callbacks: [
        tensorBoard(),
        { step: ({ step }, control) => (step === steps ? control.stop('for now') : undefined) },
      ],
    });
  };
  await run(2, false);
  await run(4, true);
  const directory = join(folder('run'), 'tensorboard');
  const files = (await readdir(directory)).sort();
  expect(files).toHaveLength(2);
  const [first, second] = await Promise.all(files.map((name) => readFile(join(directory, name))));
  expect(first?.includes('eval/kl')).toBe(true);
  expect(second?.includes('eval/kl')).toBe(false);
  expect(second?.includes('brain.Event:2')).toBe(true);
  // Four records: the version, the restart, and two steps.
  let records = 0;
  for (let at = 0; at < (second?.length ?? 0); at += 16 + Number(second?.readBigUInt64LE(at))) records += 1;
  expect(records).toBe(4);
});
