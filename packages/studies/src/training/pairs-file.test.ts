import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatPrompt, type Tokenizer } from '@ais/data';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readPairs } from './pairs-file.js';

/** A character a token, by its code. */
const tokenizer = {
  vocabularySize: 128,
  endOfTextToken: 0,
  endOfText: '\0',
  splitsBeforeSpace: true,
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
  const remarks: string[] = [];
  const read = await readPairs(path, tokenizer, { maxPromptTokens: 60, maxResponseTokens: 4 }, (remark) =>
    remarks.push(remark.replace(`${path}: `, '')),
  );
  return { ...read, remarks };
}

it('reads text as TRL has it, without a space that is not there, and ends every response as in training', async () => {
  const { pairs, behavior, remarks } = await read(
    { prompt: 'ab', chosen: ' c', rejected: 'd' },
    { prompt: 'ab', chosen: 'c', rejected: ' c ' },
  );
  expect(pairs).toEqual([{ id: '1', prompt: [97, 98], chosen: [32, 99, 0], rejected: [100, 0] }]);
  expect(behavior).toBeUndefined();
  expect(remarks).toEqual(['1 left out: identical.']);
});

it('cuts prompts by paragraph and responses to their limit, and says so', async () => {
  const prompt = formatPrompt({ subreddit: 'a', title: 'b', post: `c\n${'d'.repeat(60)}` });
  const { pairs, remarks } = await read(
    { prompt, chosen: 'efghi', rejected: 'xyz' },
    { prompt, chosen: 'xyzefg', rejected: 'xyzhij' },
  );
  expect(pairs.map(({ chosen, rejected }) => [chosen.length, rejected.length])).toEqual([[4, 4]]);
  expect(String.fromCharCode(...(pairs[0]?.prompt ?? []))).toBe(
    formatPrompt({ subreddit: 'a', title: 'b', post: 'c' }),
  );
  expect(remarks).toEqual([
    '1 left out: responses with the same tokens.',
    '1 with a prompt that was cut.',
    '1 with a response that was cut.',
  ]);
});

it('reads tokens as they are, and the behavior policy’s log-probabilities if all lines have them or none', async () => {
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
  const { chosenLogProb: _, rejectedLogProb: __, ...bare } = row;
  expect((await read(bare, bare)).behavior).toBeUndefined();
  for (const other of [bare, { ...row, chosenLogProb: null }, { ...row, rejectedLogProb: undefined }]) {
    await expect(read(row, other)).rejects.toThrow(/line 2, field "(chosen|rejected)LogProb"/);
    await expect(read(other, row)).rejects.toThrow(/line 1, field "(chosen|rejected)LogProb"/);
  }
});

it.each([
  [{ prompt: 'a', chosen: 'b' }, /line 2, field "rejected"/],
  [{ prompt: [1], chosen: 'b', rejected: 'c' }, /line 2, field "prompt"/],
  ['{', /line 2: this is not JSON/],
])('names the line and the field that are wrong: %j', async (row, message) => {
  await expect(read({ prompt: 'a', chosen: 'b', rejected: 'c' }, row)).rejects.toThrow(message);
});

it('names what is wrong with tokens and with log-probabilities', async () => {
  const row = { prompt: [1], chosen: [2], rejected: [3] };
  await expect(read(row, { ...row, chosen: [500] })).rejects.toThrow(/line 2, field "chosen".*below 128/);
  await expect(read(row, { ...row, chosen: 'b' })).rejects.toThrow(/line 2, field "chosen"/);
  await expect(read({ prompt: 'a', chosen: 'b', rejected: 'c', chosenLogProb: -1 })).rejects.toThrow(
    /chosenLogProb.*those of tokens/,
  );
  await expect(read('')).rejects.toThrow(/no pair/);
});
