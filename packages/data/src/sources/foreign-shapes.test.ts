import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChatTemplate } from '../chat/chat-template.js';
import { openRows } from '../formats/open-rows.js';
import { collectRecords } from '../records/collect-records.js';
import { createReadReport } from '../records/read-report.js';
import { comparisonSource } from './comparison-source.js';
import { labeledSource } from './labeled-source.js';
import { textSource } from './text-source.js';

const said = (role: string, content: string) => ({ role, content });
const user = (content: string) => said('user', content);
const assistant = (content: string) => said('assistant', content);
const human = (value: string) => ({ from: 'human', value });
const gpt = (value: string) => ({ from: 'gpt', value });

// <s> is the system's message, <u> the user's, <a> the assistant's.
const turns = createChatTemplate({
  name: 'turns',
  chat: '{{ tools | tojson if tools }}{% for m in messages %}<{{ m.role[0] }}>{{ m.content }}{% endfor %}{% if add_generation_prompt %}<a>{% endif %}',
});
const chat = { chatTemplate: turns };
const TOOLS = [{ type: 'function', function: { name: 'f' } }];

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-foreign-'));
});
afterAll(() => rm(scratch, { recursive: true }));

/** The rows of a file of JSON Lines; of a text, a CSV file. */
async function rowsOf(rows: readonly object[] | string) {
  const path = join(scratch, typeof rows === 'string' ? 'rows.csv' : 'rows.jsonl');
  const lines = typeof rows === 'string' ? rows : rows.map((row) => JSON.stringify(row)).join('\n');
  await writeFile(path, `${lines}\n`);
  return openRows(path);
}
const compared = async (rows: readonly object[] | string, options: object = chat) =>
  collectRecords(comparisonSource(await rowsOf(rows), options));
const learned = async (rows: readonly object[] | string, options: object = chat) =>
  collectRecords(textSource(await rowsOf(rows), options));

describe.each([
  ['at hand', chat],
  ['that is asked for', { template: turns }],
])('preferences, by a chat template %s', (_, options) => {
  it.each<[string, object, string]>([
    ["Alpaca's", { instruction: 'Add', input: '1+1', chosen: 'two', rejected: 'three' }, '<u>Add\n1+1<a>'],
    [
      "Alpaca's without input",
      { instruction: 'Add', input: '', chosen: 'two', rejected: 'three' },
      '<u>Add<a>',
    ],
    [
      "Alpaca's with system and history",
      { instruction: 'c', system: 's', history: [['a', 'b']], chosen: 'two', rejected: 'three' },
      '<s>s<u>a<a>b<u>c<a>',
    ],
    [
      "Alpaca's, answered by messages",
      { instruction: 'Add', chosen: [assistant('two')], rejected: [assistant('three')] },
      '<u>Add<a>',
    ],
    [
      "TRL's with messages",
      { prompt: 'Add', chosen: assistant('two'), rejected: assistant('three') },
      '<u>Add<a>',
    ],
    ['messages and texts', { messages: [user('Add')], chosen: 'two', rejected: 'three' }, '<u>Add<a>'],
    [
      "LLaMA-Factory's",
      {
        conversations: [human('Add')],
        system: 's',
        tools: TOOLS,
        chosen: gpt('two'),
        rejected: gpt('three'),
      },
      `${JSON.stringify(TOOLS).replaceAll(',', ', ').replaceAll(':', ': ')}<s>s<u>Add<a>`,
    ],
    [
      "Axolotl's",
      {
        messages: [said('system', 's'), user('Add')],
        chosen: assistant('two'),
        rejected: assistant('three'),
      },
      '<s>s<u>Add<a>',
    ],
    [
      'whole conversations beside messages',
      {
        messages: [user('Add'), assistant('2')],
        chosen: [user('Add'), assistant('two')],
        rejected: [user('Add'), assistant('three')],
      },
      '<u>Add<a>',
    ],
    [
      "OpenAI's",
      {
        input: { messages: [user('Add')], tools: [], parallel_tool_calls: true },
        preferred_output: [assistant('two')],
        non_preferred_output: [assistant('three')],
      },
      '<u>Add<a>',
    ],
    [
      "argilla's with a system's message",
      {
        system: 's',
        instruction: 'Add',
        chosen_response: 'two',
        rejected_response: 'three',
        chosen_rating: 5,
      },
      '<s>s<u>Add<a>',
    ],
    ["Intel's", { system: 's', question: 'Add', chosen: 'two', rejected: 'three' }, '<s>s<u>Add<a>'],
  ])('%s', async (_shape, row, prompt) => {
    expect(await compared([row], options)).toEqual([{ id: '1', prompt, chosen: 'two', rejected: 'three' }]);
  });

  it.each([
    ['input', { input: 'q' }, /--columns prompt=input\)/],
    [
      'userQuery',
      { userQuery: 'q', context: 'c', score: 1 },
      /--columns prompt=userQuery\), or how "userQuery" and "context"/,
    ],
    ['text', { text: 'q', chosen_text: 'x', system: null }, /--columns prompt=text\); if/],
  ])('refuses a prompt in a column %s, and names it', async (_name, row, message) => {
    const answers = { chosen: 'An apple.', rejected: 'An anvil.' };
    await expect(compared([{ ...row, ...answers }], options)).rejects.toThrow(message);
  });
});

describe('two texts without a prompt of their own', () => {
  const texts = (row: object) => compared([row], {});

  it.each([
    ['The sky is blue.', 'The sky is black.', 'The sky is'],
    ['Q: Why?\nA:Because.', 'Q: Why?\nA:But.', 'Q: Why?\nA:'],
    ["I don't.", "I don'ts.", 'I'],
    ['a well-known one', 'a well-made one', 'a'],
    ['Pi is 3.14.', 'Pi is 3.15.', 'Pi is'],
    ['At 12:30.', 'At 12:45.', 'At'],
    ['A 𝒜𝒷', 'A 𝒜𝒸', 'A'],
  ])('begin alike up to a whole word: %j and %j', async (chosen, rejected, prompt) => {
    expect(await texts({ chosen, rejected, score: 1 })).toEqual([
      { id: '1', prompt, chosen: chosen.slice(prompt.length), rejected: rejected.slice(prompt.length) },
    ]);
  });

  it.each([
    ['two', 'three'],
    ['あい', 'あう'],
  ])('have no prompt where they part in their first word: %s and %s', async (chosen, rejected) => {
    await expect(texts({ chosen, rejected })).rejects.toThrow(
      /there is no prompt\. Give it a column of its own/,
    );
  });

  it.each<[string, object[] | string]>([
    ['a row', [{ input: 'Add', chosen: 'An apple.', rejected: 'An anvil.' }]],
    ['a table', 'input,chosen,rejected\nAdd,An apple.,An anvil.'],
    ['messages that are none', [{ messages: 'Add', chosen: 'An apple.', rejected: 'An anvil.' }]],
  ])('are refused beside another column of %s that may have it', async (_, rows) => {
    await expect(compared(rows, {})).rejects.toMatchObject({
      code: 'unknown-columns',
      message: expect.stringMatching(/Say that "(input|messages)" has it \(--columns prompt=\1\); if both/),
    });
  });

  it('are refused in later rows too', async () => {
    const plain = { chosen: 'The sky is blue.', rejected: 'The sky is red.' };
    await expect(compared([plain, { ...plain, query: 'q' }], {})).rejects.toThrow(
      /line 2: .*--columns prompt=query/,
    );
  });
});

describe('what the system says, and what was said before', () => {
  const before = { system: 's', history: [['a', 'b']] };
  const START = '<s>s<u>a<a>b<u>c<a>';
  it.each<[string, object, object]>([
    ['messages', { ...before, messages: [user('c'), assistant('d')] }, chat],
    [
      'messages that repeat it',
      { ...before, messages: [said('system', 's'), user('c'), assistant('d')] },
      chat,
    ],
    ['conversations', { ...before, conversations: [human('c'), gpt('d')] }, chat],
    [
      'a history of messages',
      { system: 's', history: [user('a'), assistant('b')], messages: [user('c'), assistant('d')] },
      chat,
    ],
    [
      'a history as JSON',
      { system: 's', history: '[["a", "b"]]', messages: [user('c'), assistant('d')] },
      chat,
    ],
    ["TRL's prompt and completion", { ...before, prompt: [user('c')], completion: [assistant('d')] }, chat],
    ["Alpaca's columns", { ...before, instruction: 'c', output: 'd' }, chat],
    [
      "OpenOrca's name",
      { system_prompt: 's', history: [['a', 'b']], question: 'c', answer: 'd' },
      { template: turns },
    ],
    ['text that is asked for as messages', { ...before, prompt: 'c', response: 'd' }, { template: turns }],
  ])('come before %s', async (_, row, options) => {
    expect(await learned([row], options)).toEqual([{ id: '1', prompt: START, response: 'd' }]);
  });

  it('come before prompts alone', async () => {
    const options = { template: turns, promptsAlone: true };
    expect(await learned([{ ...before, prompt: 'c' }], options)).toEqual([
      { id: '1', prompt: START, response: '' },
    ]);
  });

  it('are nothing where a row has none', async () => {
    const exchange = { messages: [user('c'), assistant('d')] };
    for (const empty of [
      { system: null, history: null },
      { system: ' ', history: [] },
      { system: '', history: '' },
    ]) {
      expect(await learned([{ ...empty, ...exchange }])).toMatchObject([{ prompt: '<u>c<a>' }]);
    }
  });

  it('are no context where their column has another field', async () => {
    const options = { template: turns, columns: { prompt: 'history', response: 'system' } };
    expect(await learned([{ history: 'c', system: 'd' }], options)).toEqual([
      { id: '1', prompt: '<u>c<a>', response: 'd' },
    ]);
    const taken = { template: turns, columns: { instruction: 'question', output: 'input' } };
    expect(await learned([{ question: 'c', input: 'd' }], taken)).toMatchObject([{ prompt: '<u>c<a>' }]);
  });

  it('count as messages of each conversation of which each answer is learned', async () => {
    const row = { ...before, messages: [user('c'), assistant('d')] };
    const records = await learned([row], { ...chat, assistantTurns: 'each' });
    expect(records.map(({ prompt }) => prompt)).toEqual(['<s>s<u>a<a>', START]);
  });

  it.each<[string, object, RegExp]>([
    [
      'two messages of the system',
      { system: 's', messages: [said('system', 't'), user('c'), assistant('d')] },
      /field "system": says something other than "messages\.0"/,
    ],
    [
      'two columns',
      { system: 's', system_prompt: 't', messages: [user('c'), assistant('d')] },
      /field "system_prompt": says something other than "system"/,
    ],
    [
      'a history of text',
      { history: 'a', messages: [user('c'), assistant('d')] },
      /field "history": expected a list of pairs, .*got a string/,
    ],
    [
      'half a pair',
      { history: [['a']], messages: [user('c'), assistant('d')] },
      /got a list of something else/,
    ],
    [
      'an empty answer',
      { history: [['a', '']], messages: [user('c'), assistant('d')] },
      /got a list of something else/,
    ],
  ])('are refused as %s', async (_, row, message) => {
    await expect(learned([row])).rejects.toThrow(message);
  });

  it.each<[string, (rows: readonly object[], options: object) => Promise<readonly unknown[]>, object]>([
    ['a prompt and a completion', learned, { prompt: 'c', completion: 'd' }],
    ['a prompt and a response', learned, { prompt: 'c', response: 'd' }],
    ['a question and an answer', learned, { question: 'c', answer: 'd' }],
    ['a prompt alone', learned, { prompt: 'c' }],
    ['a comparison', compared, { prompt: 'c', chosen: 'd', rejected: 'e' }],
    ['a comparison of a query', compared, { query: 'c', chosen: 'd', rejected: 'e' }],
  ])('are refused where %s is read as text', async (_, read, row) => {
    const options = { promptsAlone: true };
    for (const [field, value] of [
      ['system', 's'],
      ['history', [['a', 'b']]],
    ] as const) {
      await expect(read([row, { ...row, [field]: value }], options)).rejects.toThrow(
        new RegExp(`line 2, field "${field}": comes before the prompt, .*--template chat`),
      );
    }
    expect(await read([{ ...row, system: '', history: [] }], options)).toHaveLength(1);
  });
});

describe('labeled responses', () => {
  const exchange = [user('c'), assistant('d')];
  it.each<[string, object]>([
    ['messages, label', { messages: exchange, label: false }],
    ['conversations, label', { conversations: [human('c'), gpt('d')], label: 0 }],
    ['question, answer, label', { question: 'c', answer: 'd', label: 'true' }],
    ['instruction, output, label', { instruction: 'c', output: 'd', label: true }],
    ['prompt, completion, label', { prompt: [user('c')], completion: [assistant('d')], label: 1 }],
  ])('are not learned as text, and are labeled: %s', async (fields, row) => {
    for (const options of [{}, chat, { template: turns }]) {
      await expect(learned([row], options)).rejects.toMatchObject({
        code: 'unpaired-preferences',
        message: expect.stringContaining(`(${fields})`),
      });
      await expect(compared([row], options)).rejects.toMatchObject({ code: expect.stringMatching(/^un/) });
    }
    const other = { ...row, label: 'sports' };
    expect(await learned([other], { template: turns })).toMatchObject([{ prompt: '<u>c<a>', response: 'd' }]);
    if ((row as { label: unknown }).label === 'true') return;
    expect(await collectRecords(labeledSource(await rowsOf([row]), { template: turns }))).toEqual([
      { id: '1', prompt: '<u>c<a>', response: 'd', desirable: Boolean((row as { label: unknown }).label) },
    ]);
  });

  it("are told by LLaMA-Factory's kto_tag too", async () => {
    const row = { instruction: 'c', output: 'd', kto_tag: false };
    await expect(learned([row])).rejects.toThrow(
      /\(instruction, output, kto_tag\).*--pair-columns label=kto_tag/,
    );
    const options = { template: turns, columns: { label: 'kto_tag' } };
    expect(await collectRecords(labeledSource(await rowsOf([row]), options))).toMatchObject([
      { desirable: false },
    ]);
  });

  it('are not taken for text by a template, unless it reads the label', async () => {
    const row = { question: 'c', answer: 'd', label: 0 };
    const { questionAnswer } = await import('../templates/built-in.js');
    await expect(learned([row], { template: questionAnswer })).rejects.toMatchObject({
      code: 'unpaired-preferences',
    });
    const { createTemplate } = await import('../templates/template.js');
    const template = createTemplate({ prompt: '{question} {answer}', response: '{label}' });
    expect(await learned([{ ...row, label: '0' }], { template })).toMatchObject([{ response: '0' }]);
    expect(await learned([{ text: 'c', label: 0 }], {})).toMatchObject([{ response: 'c' }]);
  });
});

it('learns no message whose `train` is false, as in files for Axolotl', async () => {
  const report = createReadReport();
  const rows = [
    { messages: [user('a'), assistant('b'), user('c'), { ...assistant('d'), train: false }] },
    { messages: [user('a'), { ...assistant('b'), train: false }] },
  ];
  expect(await collectRecords(textSource(await rowsOf(rows), chat), { report })).toMatchObject([
    { prompt: '<u>a<a>', response: 'b' },
  ]);
  expect(report.leftOut).toEqual({ 'train-false': 1 });
});

it('knows comparisons of messages from conversations', async () => {
  const row = { messages: [user('c')], chosen: 'd', rejected: 'e' };
  await expect(learned([row])).rejects.toMatchObject({
    code: 'unknown-columns',
    message: expect.stringContaining('--pairs'),
  });
  const whole = { ...row, messages: [user('c'), assistant('d')] };
  expect(await learned([whole])).toMatchObject([{ prompt: '<u>c<a>', response: 'd' }]);
});

it('names the columns that nothing reads', async () => {
  const report = createReadReport();
  const row = { id: 'x', question: 'c', answer: 'd', context: 'e', source: 'f', system: '' };
  await collectRecords(textSource(await rowsOf([row])), { report });
  expect(report.shapes[0]?.unread).toEqual(['context', 'source']);
});

it('advises on columns that differ in case alone', async () => {
  await expect(learned('Question,Answer\nc,d')).rejects.toThrow(
    /--columns question=Question,answer=Answer\)/,
  );
});
