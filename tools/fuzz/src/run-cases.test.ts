import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS, runCases } from './run-cases.js';
import type { FuzzTarget } from './target.js';
import { gguf } from './targets/gguf.js';
import { peft } from './targets/peft.js';
import { safetensors } from './targets/safetensors.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fuzz-test-'));
});
afterAll(() => rm(directory, { recursive: true }));

const nothing = { largestAllocation: () => 0 };

/** A reader of one byte, which is its seed's index. */
const reader = (read: FuzzTarget['read']): FuzzTarget => ({
  name: 'test',
  share: 1,
  prepare: async () => {},
  seeds: async () => [new Map([['file', Uint8Array.of(1)]])],
  mutate: (seed) => new Map(seed),
  read,
  errorCode: (error) => (error instanceof RangeError ? 'promised' : undefined),
});

describe('runCases', () => {
  it('counts what is accepted and what is refused as promised', async () => {
    let calls = 0;
    const target = reader(async () => {
      calls += 1;
      if (calls % 3 === 0) throw new RangeError();
    });
    const tally = await runCases(target, { seed: 1, from: 0, to: 9 }, directory, nothing);
    expect(tally).toMatchObject({ cases: 9, accepted: 6, refused: { promised: 3 }, findings: [] });
  });

  it('finds errors that were not promised', async () => {
    const target = reader(async () => {
      throw new TypeError('surprise');
    });
    const { findings } = await runCases(target, { seed: 1, from: 5, to: 6 }, directory, nothing);
    expect(findings).toMatchObject([
      { case: 5, kind: 'untyped error', message: expect.stringMatching('surprise') },
    ]);
  });

  it('finds allocations that are larger than the files allow', async () => {
    const sizes = [LIMITS.allocationFloor, LIMITS.allocationFloor + 1];
    const asked = [0, sizes[0], 0, sizes[1]];
    const watch = { largestAllocation: () => asked.shift() ?? 0 };
    const { findings } = await runCases(
      { ...reader(async () => {}), allocatesAsFiles: true },
      { seed: 1, from: 0, to: 2 },
      directory,
      watch,
    );
    expect(findings).toMatchObject([{ case: 1, kind: 'allocation' }]);
  });

  it('finds what is slow twice, and only that', async () => {
    const limits = { ...LIMITS, milliseconds: 50 };
    const compute = (): void => {
      const before = process.cpuUsage();
      while (process.cpuUsage(before).user < 1_000 * (limits.milliseconds + 10)) {
        for (let count = 0; count < 10_000; count++) Math.random();
      }
    };
    let calls = 0;
    const target = reader(async () => {
      calls += 1;
      // The first case is slow once, the second always.
      if (calls !== 2) compute();
    });
    const { findings } = await runCases(target, { seed: 1, from: 0, to: 2 }, directory, nothing, limits);
    expect(findings).toMatchObject([{ case: 1, kind: 'hang' }]);
  });
});

describe('safetensors', () => {
  it('accepts its seeds, and refuses mutated checkpoints by name or accepts them, nothing else', async () => {
    for (const seed of await safetensors.seeds()) expect(seed.size).toBeGreaterThan(1);
    const before = tf.memory().numTensors;
    const whole = { ...safetensors, mutate: (seed: ReadonlyMap<string, Uint8Array>) => seed };
    const accepted = await runCases(whole, { seed: 1, from: 0, to: 12 }, join(directory, 'whole'), nothing);
    expect(accepted).toMatchObject({ cases: 12, accepted: 12, findings: [] });

    const mutated = await runCases(
      safetensors,
      { seed: 1, from: 0, to: 400 },
      join(directory, 'mutated'),
      nothing,
    );
    expect(mutated.findings).toEqual([]);
    expect(mutated.accepted).toBeGreaterThan(10);
    expect(Object.keys(mutated.refused).sort()).toEqual(
      expect.arrayContaining([
        'checkpoint-corrupt',
        'missing-tensor',
        'unsupported-architecture',
        'wrong-shape',
      ]),
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('gguf', () => {
  it('accepts its seeds, and refuses mutated files by name or accepts them, nothing else', async () => {
    const before = tf.memory().numTensors;
    const whole = { ...gguf, mutate: (seed: ReadonlyMap<string, Uint8Array>) => seed };
    const accepted = await runCases(whole, { seed: 1, from: 0, to: 12 }, join(directory, 'gguf'), nothing);
    expect(accepted).toMatchObject({ cases: 12, accepted: 12, findings: [] });

    const mutated = await runCases(
      gguf,
      { seed: 1, from: 0, to: 200 },
      join(directory, 'mutated-gguf'),
      nothing,
    );
    expect(mutated.findings).toEqual([]);
    expect(mutated.accepted).toBeGreaterThan(10);
    expect(Object.keys(mutated.refused)).toContain('checkpoint-corrupt');
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('peft', () => {
  it('accepts its seeds, and refuses mutated adapters by name or accepts them, nothing else', async () => {
    const before = tf.memory().numTensors;
    const whole = { ...peft, mutate: (seed: ReadonlyMap<string, Uint8Array>) => seed };
    const accepted = await runCases(whole, { seed: 1, from: 0, to: 6 }, join(directory, 'peft'), nothing);
    expect(accepted).toMatchObject({ cases: 6, accepted: 6, findings: [] });

    const mutated = await runCases(
      peft,
      { seed: 1, from: 0, to: 200 },
      join(directory, 'mutated-peft'),
      nothing,
    );
    expect(mutated.findings).toEqual([]);
    expect(mutated.accepted).toBeGreaterThan(10);
    expect(Object.keys(mutated.refused)).toEqual(
      expect.arrayContaining([
        'checkpoint-corrupt',
        'unsupported-adapter',
        'missing-tensor',
        'unexpected-tensor',
      ]),
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});
