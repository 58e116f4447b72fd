import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRows } from '../formats/open-rows.js';
import { collectRecords } from '../records/collect-records.js';
import { labeledSource } from './labeled-source.js';
import { textSource } from './text-source.js';

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-labeled-'));
});
afterAll(() => rm(scratch, { recursive: true }));

async function rowsOf(name: string, content: string) {
  const path = join(scratch, name);
  await writeFile(path, content);
  return openRows(path);
}

it('reads prompts, completions, and labels as text, under other names too', async () => {
  const rows = await rowsOf(
    'a.jsonl',
    '{"prompt":"Q:","answer":" Yes.","thumb":true}\n{"prompt":"Q:","answer":" No.","thumb":0}\n',
  );
  const columns = { completion: 'answer', label: 'thumb' };
  expect(await collectRecords(labeledSource(rows, { columns }))).toEqual([
    { id: '1', prompt: 'Q:', response: ' Yes.', desirable: true },
    { id: '2', prompt: 'Q:', response: ' No.', desirable: false },
  ]);
});

it('reads the words in files of text', async () => {
  const rows = await rowsOf('a.csv', 'prompt,completion,label\nQ:, Yes.,True\nQ:, No.,false\nQ:, Well.,1\n');
  const records = await collectRecords(labeledSource(rows));
  expect(records.map(({ desirable }) => desirable)).toEqual([true, false, true]);
});

it.each([
  ['"yes"', /field "label": expected true or false, got "yes"/],
  ['"true"', /field "label": expected true or false, got "true"/],
  [JSON.stringify('x'.repeat(99)), /got "x{40}…"/],
  ['""', /got an empty string/],
  ['2', /field "label": expected true or false, got 2/],
  ['null', /field "label"/],
])('refuses the label %s, naming row and field', async (label, message) => {
  const rows = await rowsOf(
    'b.jsonl',
    `{"prompt":"Q:","completion":" Yes.","label":true}\n{"prompt":"Q:","completion":" No.","label":${label}}\n`,
  );
  await expect(collectRecords(labeledSource(rows))).rejects.toThrow(message);
});

it.each([
  ['a.csv', 'prompt,completion,label\nQ:, Yes.,True\n'],
  ['a.csv', 'prompt,completion,label\nQ:, Yes.,0\n'],
  ['a.csv', 'prompt,response,label\nQ:, Yes.,false\n'],
  ['a.jsonl', '{"prompt":"Q:","completion":" Yes.","label":0}\n'],
  ['a.jsonl', '{"prompt":"Q:","completion":" Yes.","label":1}\n'],
  ['a.jsonl', '{"prompt":"Q:","completion":" Yes.","label":"true"}\n'],
  ['a.jsonl', '{"prompt":"Q:","response":" Yes.","label":true}\n'],
])('text of %s with a label is refused, however it is written: %s', async (name, content) => {
  await expect(collectRecords(textSource(await rowsOf(name, content)))).rejects.toMatchObject({
    code: 'unpaired-preferences',
    message: expect.stringMatching(/has unpaired preferences \(prompt, (completion|response), label\)/),
  });
});

it('text with a label that says something else is text', async () => {
  const rows = await rowsOf('a.csv', 'prompt,completion,label\nQ:, Yes.,sports\n');
  expect(await collectRecords(textSource(rows))).toMatchObject([{ prompt: 'Q:', response: ' Yes.' }]);
});

it('refuses rows without a label', async () => {
  const rows = await rowsOf('c.jsonl', '{"prompt":"Q:","completion":" Yes."}\n');
  await expect(collectRecords(labeledSource(rows))).rejects.toThrow(/expected the columns .*label/);
});
