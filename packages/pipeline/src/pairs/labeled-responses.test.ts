import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { templates } from '@ais/data';
import { chatTemplates } from '@ais/data/chat';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { characterTokenizer as tokenizer } from '../../test/character-tokenizer.js';
import { textLengths } from '../../test/text-lengths.js';
import { hasLabels, readLabeled } from './labeled-responses.js';
import type { ReadPairsOptions } from './preference-pairs.js';

const options: ReadPairsOptions = {
  lengths: textLengths,
  retokenize: false,
  onWarning: () => undefined,
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-labeled-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, content: string): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

it('takes text for messages where that is asked for, and needs a chat template', async () => {
  const path = await write('k.csv', 'prompt,completion,label\nab,c,true\nab,d,false\n');
  const chatTemplate = chatTemplates['chatml']!;
  const rows = await readLabeled(path, { tokenizer, chatTemplate }, { ...options, template: 'chat' });
  expect(rows.map(({ prompt }) => tokenizer.decode(prompt))).toEqual(
    Array(2).fill('<|im_start|>user\nab<|im_end|>\n<|im_start|>assistant\n'),
  );
  expect(tokenizer.decode(rows[0]!.response)).toContain('c<|im_end|>');
  expect(rows.map(({ desirable }) => desirable)).toEqual([true, false]);
  await expect(readLabeled(path, { tokenizer }, { ...options, template: 'chat' })).rejects.toThrow(
    '--chat-template chatml',
  );
  const [plain] = await readLabeled(path, { tokenizer, chatTemplate }, options);
  expect(tokenizer.decode(plain!.prompt)).toBe('ab');
});

it('is rendered by the template that is asked for', async () => {
  const path = await write('q.csv', 'asked,said,label\nab,c,1\n');
  const [row] = await readLabeled(
    path,
    { tokenizer },
    { ...options, template: { prompt: '[{asked}]', response: '<{said}>' } },
  );
  expect(tokenizer.decode(row!.prompt)).toBe('[ab]');
  expect(tokenizer.decode(row!.response)).toBe('<c>\0');
});

it.each([
  ['prompt,completion,label', {}, true],
  ['prompt,completion,thumb', { label: 'thumb' }, true],
  ['prompt,chosen,rejected', {}, false],
  ['prompt,chosen,rejected,label', {}, false],
  ['prompt,chosen,worse,label', { rejected: 'worse' }, false],
  ['promptText,chosenText,rejectedText,label', {}, false],
])('knows labeled responses by their columns: %s', async (header, columns, expected) => {
  const path = await write('h.csv', `${header}\n${header.replaceAll(/\w+/g, '1')}\n`);
  expect(await hasLabels(path, { columns })).toBe(expected);
});

it('has the columns of the source that it has too, and is taken as it is where the model’s template reads others', async () => {
  const template = templates['question-answer']!;
  const sourceColumns = { question: 'Asked', answer: 'Said' };
  const remarks: string[] = [];
  const read = (name: string, more: Partial<ReadPairsOptions> = {}) =>
    readLabeled(
      name,
      { tokenizer, template },
      { ...options, sourceColumns, onWarning: (remark) => remarks.push(remark), ...more },
    );
  const named = await write('named.csv', 'Asked,answer,label\nab,c,1\n');
  expect(tokenizer.decode((await read(named))[0]!.prompt)).toBe('Question: ab\nAnswer:');
  const plain = await write('plain.csv', 'prompt,completion,label\nab,c,1\n');
  expect(tokenizer.decode((await read(plain))[0]!.prompt)).toBe('ab');
  expect(remarks).toEqual([expect.stringMatching(/prompt, completion are taken as they are/)]);
  await expect(read(plain, { template: 'question-answer' })).rejects.toThrow(/expected the columns/);
});
