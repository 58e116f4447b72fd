import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCases } from './run-cases.js';
import { TARGETS } from './targets/index.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fuzz-targets-'));
});
afterAll(() => rm(directory, { recursive: true }));

// Models have tests of their own; the others are the first cases of `pnpm fuzz all`, which reads a million.
const others = [...TARGETS.values()].filter(({ allocatesAsFiles }) => !allocatesAsFiles);

test.each(others.map((target) => [target.name, target] as const))(
  '%s: its seeds are accepted, and mutated ones read or refused, without a hang or a surprise',
  async (name, target) => {
    await target.prepare();
    const range = { seed: 7, from: 0, to: target.share < 1 ? 1 : 12 };
    const tally = await runCases(target, range, join(directory, name), { largestAllocation: () => 0 });
    expect(tally.findings).toEqual([]);
    const refused = Object.values(tally.refused).reduce((sum, count) => sum + count, 0);
    expect(tally.accepted + refused).toBe(range.to);
  },
);
