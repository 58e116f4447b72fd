import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonlRows } from '../formats/jsonl-rows.js';
import { collectRecords } from '../records/collect-records.js';
import { createReadReport } from '../records/read-report.js';
import { promptCompletion } from '../templates/built-in.js';
import { createTemplate } from '../templates/template.js';
import { formatPrompt, tldr } from '../templates/tldr.js';
import { type ComparisonSourceOptions, comparisonSource } from './comparison-source.js';
import { type TextSourceOptions, textSource } from './text-source.js';

let scratch = '';
let path = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-text-'));
  path = join(scratch, 'rows.jsonl');
});
afterAll(() => rm(scratch, { recursive: true }));

async function rows(list: readonly object[]) {
  await writeFile(path, list.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return jsonlRows(path);
}
async function texts(list: readonly object[], options: TextSourceOptions = {}) {
  const report = createReadReport();
  const records = await collectRecords(textSource(await rows(list), options), { report });
  return { records, shape: report.shapes[0] };
}
async function pairs(list: readonly object[], options: ComparisonSourceOptions = {}) {
  const report = createReadReport();
  const records = await collectRecords(comparisonSource(await rows(list), options), { report });
  return { records, shape: report.shapes[0], report };
}

const post = formatPrompt({ subreddit: 'a', title: 'b', post: 'c' });
const template = createTemplate({
  name: 'mine',
  prompt: '{context}\nQ: {question}\nA:',
  response: ' {answer}.',
  cut: 'context',
});

describe('textSource', () => {
  it.each<[string, object, { prompt: string; response: string }, string]>([
    [
      'prompt and completion as they are',
      { prompt: 'What is 2+2? ', completion: '4\n' },
      { prompt: 'What is 2+2? ', response: '4\n' },
      'prompt-completion',
    ],
    [
      'prompt and response',
      { prompt: 'a', response: 'b' },
      { prompt: 'a', response: 'b' },
      'prompt-completion',
    ],
    [
      'questions and answers',
      { question: 'Why?', answer: 'So.' },
      { prompt: 'Question: Why?\nAnswer:', response: ' So.' },
      'question-answer',
    ],
    ['text', { text: ' Once.' }, { prompt: '', response: ' Once.' }, 'text'],
    ['a TL;DR prompt', { prompt: post, completion: 'd ' }, { prompt: post, response: ' d' }, 'tldr'],
  ])('recognizes %s', async (_, row, expected, name) => {
    const { records, shape } = await texts([row]);
    expect(records).toMatchObject([expected]);
    expect(shape?.template.name).toBe(name);
    expect(records[0]?.place).toEqual({ file: path, line: 1 });
    expect(JSON.stringify(records[0])).not.toContain('line');
  });

  it('reads its own records back', async () => {
    const { records } = await texts([{ id: 'x', prompt: post, completion: ' d', family: 'f' }]);
    expect((await texts(records)).records).toEqual(records);
  });

  it('finds the fields in other columns, and in columns within columns', async () => {
    const columns = { question: 'q', answer: 'best.text', family: 'topic' };
    const { records, shape } = await texts([{ q: 'Why?', best: { text: 'So.' }, topic: 7 }], { columns });
    expect(records).toMatchObject([{ prompt: 'Question: Why?\nAnswer:', response: ' So.', family: '7' }]);
    expect(shape).toMatchObject({ source: path, columns: { question: 'q', answer: 'best.text' } });
  });

  it('renders by the template that it is given', async () => {
    const { records } = await texts([{ context: 'Rain.', question: 'Wet?', answer: 'Yes' }], { template });
    expect(records).toEqual([{ id: '1', prompt: 'Rain.\nQ: Wet?\nA:', cut: [0, 5], response: ' Yes.' }]);
    const { records: verbatim } = await texts([{ prompt: post, completion: 'd ' }], {
      template: promptCompletion,
    });
    expect(verbatim).toEqual([{ id: '1', prompt: post, response: 'd ' }]);
  });

  it.each<[string, object[], TextSourceOptions, RegExp]>([
    [
      'a column that is missing',
      [{ context: 'a', question: 'b' }],
      { template },
      /line 1, field "answer": expected the columns "context", "question", "answer"; found "context", "question"\..*--columns/,
    ],
    [
      'columns of which several shapes lack one',
      [{ prompt: 'a', other: 'b' }],
      {},
      /rows\.jsonl, line 1: expected the columns "messages"; or .*"prompt", "completion"; or .*found "prompt", "other"\. Say which/,
    ],
    [
      'comparisons',
      [{ prompt: 'a', chosen: 'b', rejected: 'c' }],
      {},
      /found "prompt", "chosen", "rejected"\. These are comparisons: .*\(--pairs\).*\(--kind comparisons\)/,
    ],
    [
      'other columns',
      [{ q: 'a', a: 'b' }],
      {},
      /\(--columns prompt=a,completion=b\), or how the text is put together \(--template\)/,
    ],
    [
      'a field that a later row lacks',
      [{ question: 'a', answer: 'b' }, { question: 'c' }],
      {},
      /line 2, field "answer": is missing/,
    ],
    [
      'an empty question',
      [{ question: ' ', answer: 'b' }],
      {},
      /line 1, field "question": the field is empty/,
    ],
    [
      'a conversation',
      [{ prompt: [{ role: 'user', content: 'a' }], completion: 'b' }],
      {},
      /rows\.jsonl has conversations \(prompt, completion\).*--chat-template chatml/,
    ],
    [
      'a conversation where a template of texts is asked for',
      [{ prompt: [{ role: 'user', content: 'a' }], completion: 'b' }],
      { template: promptCompletion },
      /field "prompt": expected a string, got a list of messages\. Leave out the template of texts/,
    ],
    [
      'a prompt that is not a TL;DR prompt among those that are',
      [
        { prompt: post, completion: 'a' },
        { prompt: 'b', completion: 'c' },
      ],
      {},
      /line 2, field "prompt": expected a TL;DR prompt.*template prompt-completion/,
    ],
    [
      'columns of a field that is none',
      [{ text: 'a' }],
      { columns: { sentence: 'text' } },
      /there is no field "sentence" to give a column to; fields are id, family, messages, .*prompt, completion, .*response, .*label/,
    ],
  ])('says so of %s', async (_, list, options, message) => {
    await expect(texts(list, options)).rejects.toThrow(message);
  });
});

describe('comparisonSource', () => {
  it.each<[string, object, object, string]>([
    [
      "TRL's columns as they are",
      { prompt: 'Why?', chosen: ' So.', rejected: 'No' },
      { prompt: 'Why?', chosen: ' So.', rejected: 'No' },
      'prompt-completion',
    ],
    [
      'questions with two answers',
      { question: 'Why?', chosen: 'So.', rejected: 'No.' },
      { prompt: 'Question: Why?\nAnswer:', chosen: ' So.', rejected: ' No.' },
      'question-answer',
    ],
    [
      'what ais label writes',
      { prompt: [1, 2], promptText: 'p', chosenText: 'c ', rejectedText: ' r' },
      { prompt: 'p', chosen: 'c ', rejected: ' r' },
      'prompt-completion',
    ],
    [
      'what ais label writes of a model behind an endpoint, and which response was cut off',
      { promptText: 'p', chosenText: 'c', rejectedText: 'r', chosenFinished: true, rejectedFinished: false },
      { prompt: 'p', chosen: 'c', rejected: 'r', cutOff: ['rejected'] },
      'prompt-completion',
    ],
    [
      'a TL;DR prompt',
      { prompt: post, chosen: 'c ', rejected: 'r' },
      { prompt: post, chosen: ' c', rejected: ' r' },
      'tldr',
    ],
  ])('recognizes %s', async (_, row, expected, name) => {
    const { records, shape } = await pairs([{ ...row, family: 'f' }]);
    expect(records).toMatchObject([{ ...expected, family: 'f' }]);
    expect(shape?.template.name).toBe(name);
  });

  it('takes what ais label writes as it is, whatever the template', async () => {
    const row = { promptText: 'p', chosenText: 'c ', rejectedText: ' r' };
    const { records } = await pairs([row], { template });
    expect(records).toEqual([{ id: '1', prompt: 'p', chosen: 'c ', rejected: ' r' }]);
  });

  it('renders both responses as the template renders its own, and leaves out what is empty', async () => {
    const row = { context: 'Rain.', question: 'Wet?', chosen: 'Yes', rejected: 'No' };
    const { records, report } = await pairs([row, { ...row, chosen: '' }, { ...row, rejected: ' Yes' }], {
      template,
    });
    expect(records).toEqual([
      { id: '1', prompt: 'Rain.\nQ: Wet?\nA:', cut: [0, 5], chosen: ' Yes.', rejected: ' No.' },
    ]);
    expect(report.leftOut).toEqual({ empty: 1, identical: 1 });
  });

  it('reads TL;DR posts by their own columns', async () => {
    const row = { subreddit: 'a', title: 'b', post: 'c', chosen: 'd', rejected: 'e' };
    expect((await pairs([row], { template: tldr })).records).toMatchObject([{ prompt: post, chosen: ' d' }]);
  });

  it('refuses a template whose response has two fields', () => {
    const two = createTemplate({ prompt: '{q}', response: '{why}: {answer}' });
    expect(() => comparisonSource(jsonlRows(path), { template: two })).toThrow(/response has 2 fields/);
  });
});
