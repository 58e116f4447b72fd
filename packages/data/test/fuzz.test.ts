import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emptyTally, readCase } from '../fuzz/read-case.js';
import { targets } from '../fuzz/targets.js';
import * as chat from '../src/chat.js';
import * as formats from '../src/formats.js';
import * as data from '../src/index.js';
import * as tokenizer from '../src/tokenizer.js';

// The first cases of `pnpm fuzz:data`, which reads hundreds of thousands.
const COUNTS = {
  jsonl: 150,
  gz: 100,
  zst: 100,
  parquet: 60,
  json: 80,
  csv: 80,
  arrow: 80,
  tokenizer: 120,
  'chat-template': 80,
  conversations: 150,
};
const SEED = 7;
const all = targets({ ...data, ...chat, ...formats, ...tokenizer });

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-data-fuzz-'));
});
afterAll(() => rm(scratch, { recursive: true }));

test('every reader is fuzzed', () => {
  expect(Object.keys(COUNTS)).toEqual([...all.keys()]);
});

test.each(Object.entries(COUNTS))(
  '%s: mutated files are read or refused, without a hang or a wrong value',
  async (name, count) => {
    const target = all.get(name)!;
    const tally = emptyTally();
    for (let index = 0; index < count; index++) {
      await readCase({ target, seed: SEED, index, folder: scratch, tally });
    }
    expect(tally.findings).toEqual([]);
    const refused = Object.values(tally.refused).reduce((sum, times) => sum + times, 0);
    expect(tally.accepted + tally.differing + refused).toBe(count);
    // Mutations that all readers refused, or none, would test little.
    expect(refused).toBeGreaterThan(count / 4);
    expect(tally.accepted + tally.differing).toBeGreaterThan(0);
  },
);
