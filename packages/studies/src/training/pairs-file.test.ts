import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tokenizer } from '@ais/data';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readPairs } from './pairs-file.js';

/** A character a token, by its code. */
const tokenizer = {
  vocabularySize: 128,
  endOfTextToken: 0,
  encode: (text: string) => Array.from(text, (character) => character.charCodeAt(0)),
} as Partial<Tokenizer> as Tokenizer;

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-pairs-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function read(...rows: unknown[]) {
  const path = join(folder, 'pairs.jsonl');
  await writeFile(path, rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'));
  return readPairs(path, tokenizer);
}

it('reads text as TRL has it, and ends every response', async () => {
  const { pairs, behavior } = await read({ prompt: 'ab', chosen: ' c', rejected: ' d' });
  expect(pairs).toEqual([{ id: '1', prompt: [97, 98], chosen: [32, 99, 0], rejected: [32, 100, 0] }]);
  expect(behavior).toBeUndefined();
});

it('reads tokens as they are, and the behavior policy’s log-probabilities where every line has them', async () => {
  const row = {
    id: 'x',
    prompt: [1],
    chosen: [2],
    rejected: [3, 0],
    chosenLogProb: -1.5,
    rejectedLogProb: -2.5,
  };
  const { pairs, behavior } = await read(row);
  expect(pairs).toEqual([{ id: 'x', prompt: [1], chosen: [2], rejected: [3, 0] }]);
  expect([...(behavior?.chosen ?? []), ...(behavior?.rejected ?? [])]).toEqual([-1.5, -2.5]);
  const { behavior: partly } = await read(row, { ...row, chosenLogProb: undefined });
  expect(partly).toBeUndefined();
});

it.each([
  [{ prompt: 'a', chosen: 'b' }, /line 2, field "rejected"/],
  [{ prompt: [500], chosen: 'b', rejected: 'c' }, /field "prompt".*below 128/],
  ['{', /line 2, field "prompt"/],
])('names the line and the field that are wrong: %j', async (row, message) => {
  await expect(read({ prompt: 'a', chosen: 'b', rejected: 'c' }, row)).rejects.toThrow(message);
});
