import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chatml } from '../chat/built-in.js';
import { openRows } from '../formats/open-rows.js';
import { collectRecords } from '../records/collect-records.js';
import { comparisonSource } from './comparison-source.js';
import { labeledSource } from './labeled-source.js';
import { textSource } from './text-source.js';

const user = { content: 'Name a fruit, "please".', role: 'user' };
const said = (content: string) => ({ role: 'assistant', content });
const chat = { chatTemplate: chatml };

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-tables-'));
});
afterAll(() => rm(scratch, { recursive: true }));

async function tableOf(row: Readonly<Record<string, unknown>>): Promise<string> {
  const path = join(scratch, 'rows.csv');
  const quoted = (value: unknown): string =>
    `"${(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('"', '""')}"`;
  await writeFile(path, `${Object.keys(row).join(',')}\n${Object.values(row).map(quoted).join(',')}\n`);
  return path;
}

async function linesOf(row: object): Promise<string> {
  const path = join(scratch, 'rows.jsonl');
  await writeFile(path, `${JSON.stringify(row)}\n`);
  return path;
}

/** What a row gives as JSON Lines and as a table of text: records, or what is wrong without where. */
async function inBoth(
  row: Readonly<Record<string, unknown>>,
  read: (path: string) => Promise<readonly unknown[]>,
): Promise<[unknown, unknown]> {
  const result = (path: string) =>
    read(path).catch(({ code, message }: Error & { code: string }) => [code, message.replace(path, 'rows')]);
  return [await result(await linesOf(row)), await result(await tableOf(row))];
}

const texts = (path: string) => collectRecords(textSource(openRows(path), chat));
const prompts = (path: string) => collectRecords(textSource(openRows(path), { ...chat, promptsAlone: true }));
const pairs = (path: string) => collectRecords(comparisonSource(openRows(path), chat));
const feedback = (path: string) => collectRecords(labeledSource(openRows(path), chat));

describe('conversations as JSON in tables of text', () => {
  it.each([
    ['a prompt and a completion', texts, { prompt: [user], completion: [said('An apple.')] }],
    ['a completion that is a number', texts, { prompt: [user], completion: '42' }],
    ['messages beside texts', texts, { prompt: 'a', completion: 'b', messages: [user, said('An apple.')] }],
    ['a prompt alone', prompts, { prompt: [user] }],
    ['a comparison', pairs, { prompt: [user], chosen: [said('a')], rejected: [said('b')] }],
    ['a comparison of a text', pairs, { prompt: '[a]', chosen: [said('a')], rejected: [said('b')] }],
    ['a prompt repeated', pairs, { prompt: [user], chosen: [user, said('a')], rejected: [user, said('b')] }],
    [
      'another prompt',
      pairs,
      { prompt: [user], chosen: [said('a'), user, said('b')], rejected: [said('a'), user, said('c')] },
    ],
    ['a prompt in common', pairs, { chosen: [user, said('a')], rejected: [user, said('b')] }],
    ['a comparison by one message each', pairs, { messages: [user], chosen: said('a'), rejected: said('b') }],
    [
      'what came before',
      texts,
      { system: 's', history: [['a', 'b']], messages: [user, said('An apple.')], tools: '[]' },
    ],
    ['feedback', feedback, { prompt: [user], completion: [said('a')], label: true }],
  ])('give the records of JSON Lines: %s', async (_, read, row) => {
    const [lines, table] = await inBoth(row, read);
    expect(JSON.stringify(lines)).toContain('<|im_start|>assistant');
    expect(table).toEqual(lines);
  });

  const plain = (path: string) =>
    collectRecords(textSource(openRows(path), { template: chatml, promptsAlone: true }));
  const plainPairs = (path: string) => collectRecords(comparisonSource(openRows(path), { template: chatml }));
  it.each([
    ['a prompt and a response', texts, { prompt: [user], response: [said('a')] }],
    ['a question and an answer', plain, { question: [user], answer: [said('a')] }],
    ['a question', plain, { question: [user] }],
    ['a question and two answers', plainPairs, { question: [user], chosen: 'a', rejected: 'b' }],
  ])('are refused where JSON Lines are: %s', async (_, read, row) => {
    const [lines, table] = await inBoth(row, read);
    expect(lines).toEqual(['invalid-record', expect.stringContaining('got a list of messages')]);
    expect(table).toEqual(['invalid-record', (lines as string[])[1]?.replace('line 1', 'line 2')]);
  });

  it.each([
    ['as Python prints them', "[{'content': 'a', 'role': 'user'}\n {'role': 'assistant', 'content': 'b'}]"],
    ['cut off', '[{"role": "user", "content": "a"}, {"role"'],
  ])('are refused %s', async (_, messages) => {
    for (const row of [{ messages }, { prompt: messages, completion: 'b' }]) {
      await expect(texts(await tableOf(row))).rejects.toMatchObject({
        fault: 'wrong-type',
        message: expect.stringMatching(/rows\.csv, .*expected the JSON of a list of messages, got "\[\{/),
      });
    }
  });

  it('need a chat template', async () => {
    const source = textSource(openRows(await tableOf({ prompt: [user], completion: [said('a')] })));
    await expect(collectRecords(source)).rejects.toMatchObject({ code: 'no-chat-template' });
  });
});
