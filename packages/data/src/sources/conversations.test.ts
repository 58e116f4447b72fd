import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chatml } from '../chat/built-in.js';
import { createChatTemplate } from '../chat/chat-template.js';
import { jsonlRows } from '../formats/jsonl-rows.js';
import { openRows } from '../formats/open-rows.js';
import { collectRecords } from '../records/collect-records.js';
import { createReadReport } from '../records/read-report.js';
import { comparisonSource } from './comparison-source.js';
import type { ConversationOptions } from './conversation-shapes.js';
import { labeledSource } from './labeled-source.js';
import { type TextSourceOptions, textSource } from './text-source.js';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/conversations/${name}`, import.meta.url));
const turn = (role: string, content: string): string => `<|im_start|>${role}\n${content}<|im_end|>\n`;
const opening = '<|im_start|>assistant\n';
const answer = (content: string): string => `${content}<|im_end|>\n`;
const QUESTION = 'Name a fruit 🍎.';
const question = turn('user', QUESTION);
const first = turn('user', 'Hello!') + turn('assistant', 'Hello, how can I help?');
const pair = { chosen: answer('An apple.'), rejected: answer('A carrot.') };
const chat: ConversationOptions = { chatTemplate: chatml };

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-conversations-'));
});
afterAll(() => rm(scratch, { recursive: true }));

async function fileOf(...rows: readonly unknown[]): Promise<string> {
  const path = join(scratch, 'rows.jsonl');
  await writeFile(
    path,
    rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join(''),
  );
  return path;
}

describe.each(['jsonl', 'parquet'])('public data sets, %s', (kind) => {
  const rows = (name: string) => openRows(fixture(`${name}.${kind}`));

  it.each([
    ['trl-lib-ultrafeedback_binarized', [question, first + question]],
    ['HuggingFaceH4-ultrafeedback_binarized', [question]],
    ['trl-lib-preference-explicit', [turn('system', 'Be brief.') + question]],
    ['Anthropic-hh-rlhf', [first + question]],
    ['Intel-orca_dpo_pairs', [question, turn('system', 'Be brief.') + question]],
    ['argilla-distilabel-intel-orca-dpo-pairs', [turn('system', 'Be brief.') + question]],
    ['argilla-distilabel-capybara-dpo-7k-binarized', [first + question]],
    ['argilla-distilabel-math-preference-dpo', [question]],
  ])('%s', async (name, prompts) => {
    const report = createReadReport();
    const found = await collectRecords(comparisonSource(rows(name), chat), { report });
    expect(found).toEqual(
      prompts.map((prompt, index) => ({ id: String(index + 1), prompt: prompt + opening, ...pair })),
    );
    expect(report.shapes[0]!.template).toBe(chatml);
  });

  it.each([
    ['trl-lib-prompt-completion', question],
    ['trl-lib-language-modeling', first + question],
    ['sharegpt', question],
  ])('%s', async (name, prompt) => {
    const [record, ...more] = await collectRecords(textSource(rows(name), chat));
    expect(record).toEqual({ id: '1', prompt: prompt + opening, response: pair.chosen });
    expect(more).toEqual([]);
  });

  it('tools, tool calls, and the fields that a table has for all', async () => {
    const chatTemplate = createChatTemplate({
      chat: '{{ tools | tojson }}{% for m in messages %}|{{ m | tojson }}{% endfor %}{% if add_generation_prompt %}|{% endif %}',
    });
    const [record] = await collectRecords(textSource(rows('tools'), { chatTemplate }));
    const [tools, user, call, tool, end] = record!.prompt.split('|');
    expect(JSON.parse(tools!)).toMatchObject([{ function: { name: 'pick' } }]);
    expect(JSON.parse(user!)).toEqual({ role: 'user', content: QUESTION });
    expect(JSON.parse(call!)).toEqual({
      role: 'assistant',
      content: '',
      tool_calls: [{ type: 'function', function: { name: 'pick', arguments: { n: 2 } } }],
    });
    expect(JSON.parse(tool!)).toEqual({ role: 'tool', content: 'apple', name: 'pick' });
    expect(end).toBe('');
    expect(JSON.parse(record!.response)).toEqual({ role: 'assistant', content: 'An apple.' });
  });

  it.each([
    ['text', textSource],
    ['comparisons', comparisonSource],
  ] as const)('unpaired preferences are known and refused as %s', async (_, source) => {
    const reading = collectRecords<unknown>(source(rows('trl-lib-kto-mix-14k'), chat));
    await expect(reading).rejects.toMatchObject({
      code: 'unpaired-preferences',
      message: expect.stringMatching(/kto-mix-14k.*\(prompt, completion, label\).*Use pairs/),
    });
  });

  it('unpaired preferences are labeled responses, rendered as prompts and completions are', async () => {
    const records = await collectRecords(labeledSource(rows('trl-lib-kto-mix-14k'), chat));
    expect(records).toMatchObject([
      { response: expect.stringContaining('An apple.'), desirable: true },
      { response: expect.stringContaining('A carrot.'), desirable: false },
    ]);
    expect(records[0]?.prompt).toContain('Name a fruit');
    expect(records[0]?.prompt).toBe(records[1]?.prompt);
  });

  it.each(['trl-lib-ultrafeedback_binarized', 'Intel-orca_dpo_pairs'])(
    '%s needs a chat template, whatever malformed rows do',
    async (name) => {
      const reading = collectRecords(comparisonSource(rows(name)), { onError: 'skip' });
      await expect(reading).rejects.toMatchObject({
        code: 'no-chat-template',
        exit: 'usage',
        message: expect.stringContaining('--chat-template chatml'),
      });
    },
  );
});

describe('conversations', () => {
  const texts = async (row: unknown, options: ConversationOptions = chat) =>
    collectRecords(textSource(jsonlRows(await fileOf(row)), options));
  const user = { role: 'user', content: 'a' };
  const assistant = { role: 'assistant', content: 'b' };
  const system = { role: 'system', content: 's' };

  it('learns the last message, or each one of the assistant as a record of its own', async () => {
    const messages = [system, user, assistant, { ...user, content: 'c' }, { ...assistant, content: 'd' }];
    const start = turn('system', 's') + turn('user', 'a');
    const rest = turn('assistant', 'b') + turn('user', 'c');
    expect(await texts({ id: 'x', messages })).toEqual([
      { id: 'x', prompt: start + rest + opening, response: answer('d') },
    ]);
    expect(await texts({ id: 'x', messages }, { ...chat, assistantTurns: 'each' })).toEqual([
      { id: 'x/1', prompt: start + opening, response: answer('b'), family: 'conversation x' },
      { id: 'x/2', prompt: start + rest + opening, response: answer('d'), family: 'conversation x' },
    ]);
  });

  it('learns each answer of a conversation that ends with a question, and counts what follows the last', async () => {
    const path = await fileOf({ messages: [user, assistant, { ...user, content: 'c' }] });
    const report = createReadReport();
    const source = textSource(jsonlRows(path), { ...chat, assistantTurns: 'each' });
    expect(await collectRecords(source, { report })).toEqual([
      { id: '1/1', prompt: turn('user', 'a') + opening, response: answer('b'), family: 'conversation 1' },
    ]);
    expect(report).toMatchObject({ records: 1, skipped: 0, leftOut: { unanswered: 1 } });
  });

  it('learns no message whose weight is 0, and has it in prompts', async () => {
    const messages = [user, { ...assistant, weight: 0 }, { ...user, content: 'c' }];
    const end = { role: 'assistant', content: 'd', weight: 1 };
    const whole = turn('user', 'a') + turn('assistant', 'b') + turn('user', 'c') + opening;
    for (const assistantTurns of ['last', 'each'] as const) {
      expect(await texts({ messages: [...messages, end] }, { ...chat, assistantTurns })).toMatchObject([
        { prompt: whole, response: answer('d') },
      ]);
    }
    const first = [user, assistant, { ...user, content: 'c' }, { ...end, weight: 0 }];
    expect(await texts({ messages: first })).toMatchObject([{ response: answer('b') }]);
    const report = createReadReport();
    const path = await fileOf({ messages: [user, { ...assistant, weight: 0 }] });
    expect(await collectRecords(textSource(jsonlRows(path), chat), { report })).toEqual([]);
    expect(report.leftOut).toEqual({ 'weight-0': 1 });
  });

  it('takes what a function answers for what a tool does', async () => {
    const call = { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } };
    const chatTemplate = createChatTemplate({
      chat: '{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ m.function_call.name if m.function_call }}{% endfor %}',
    });
    const messages = [user, call, { role: 'function', name: 'f', content: 'x' }, assistant];
    expect(await texts({ messages }, { chatTemplate })).toMatchObject([
      { prompt: '<user>a<assistant>f<tool>x', response: '<assistant>b' },
    ]);
  });

  it('takes text for a message where the other side has messages, and parts of text for a text', async () => {
    const [record] = await texts({ prompt: [user], completion: 'b' });
    expect(record).toMatchObject({ response: answer('b') });
    const parts = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ];
    const [joined] = await texts({ messages: [{ role: 'user', content: parts }, assistant] });
    expect(joined!.prompt).toBe(turn('user', 'ab') + opening);
  });

  it('passes chat_template_kwargs to the template', async () => {
    const chatTemplate = createChatTemplate({
      chat: '{{ mood }}{% for m in messages %}{{ m.content }}{% endfor %}',
    });
    const row = { messages: [user, assistant], chat_template_kwargs: { mood: 'calm ' } };
    expect(await texts(row, { chatTemplate })).toMatchObject([{ prompt: 'calm a', response: 'b' }]);
  });

  it.each([
    ['no message of the user', { messages: [system, assistant] }, 'messages', 'no message of the user'],
    [
      'the assistant first',
      { messages: [assistant, user, assistant] },
      'messages.0.role',
      'assistant cannot come first',
    ],
    [
      'the user twice',
      { messages: [user, user, assistant] },
      'messages.1.role',
      'user cannot follow one of the user',
    ],
    [
      'the system late',
      { messages: [user, assistant, system, user, assistant] },
      'messages.2.role',
      'cannot follow',
    ],
    ['no messages', { messages: [] }, 'messages', 'there are no messages'],
    [
      'a user at the end',
      { messages: [user, assistant, user] },
      'messages',
      'does not end with a message of the assistant',
    ],
    [
      'an empty message',
      { messages: [{ ...user, content: ' \n' }, assistant] },
      'messages.0.content',
      'is empty',
    ],
    [
      'an unknown role',
      { messages: [user, { role: 'bot', content: 'b' }] },
      'messages.1.role',
      'expected one of system,.*got "bot"',
    ],
    ['no role', { messages: [user, { content: 'b' }] }, 'messages.1.role', 'got none'],
    [
      'an image',
      { messages: [{ role: 'user', content: [{ type: 'image' }] }, assistant] },
      'messages.0.content',
      'expected a string, got an array',
    ],
    [
      'no message',
      { messages: [user, 'b'] },
      'messages.1',
      'expected a message with role and content, got a string',
    ],
    [
      'half a pair',
      { messages: [{ ...user, content: '\ud800' }, assistant] },
      'messages.0.content',
      'half a surrogate pair',
    ],
    ['tools that are none', { messages: [user, assistant], tools: 'x' }, 'tools', 'list of JSON schemas'],
    [
      'a prompt that answers itself',
      { prompt: [user, assistant], completion: [assistant] },
      'completion.0.role',
      'cannot follow',
    ],
    ['an empty completion', { prompt: [user], completion: [] }, 'completion', 'no message for the response'],
    [
      'a completion of the user',
      { prompt: [user], completion: [assistant, user] },
      'completion.1.role',
      'ends with a message of the user',
    ],
  ])('refuses %s', async (_, row, field, message) => {
    const path = await fileOf({
      messages: [user, assistant],
      ...('prompt' in row ? { messages: undefined } : {}),
      ...row,
    });
    const reading = collectRecords(textSource(jsonlRows(path), chat));
    await expect(reading).rejects.toMatchObject({
      code: 'invalid-record',
      place: { file: path, line: 1, field },
      message: expect.stringMatching(new RegExp(`${message}.*(Repair|Fill)`)),
    });
    const report = createReadReport();
    const kept = await collectRecords(textSource(jsonlRows(path), chat), { onError: 'skip', report });
    expect([kept.length, report.skipped]).toEqual([0, 1]);
  });
});

describe('numbers in calls, tools, and variables', () => {
  const LARGE = '12345678901234567890';
  const chatTemplate = createChatTemplate({
    chat: '{{ tools | tojson }}{{ limit }}{% for m in messages %}|{{ m.tool_calls | tojson if m.tool_calls }}{% endfor %}',
  });
  const tools = `[{"name": "find", "maximum": ${LARGE}}]`;
  const call = `[{"name": "find", "arguments": {"user": ${LARGE}, "near": 1e-7}}]`;
  const messages = `[{"role": "user", "content": "Go"}, {"role": "assistant", "content": "", "tool_calls": ${call}}]`;
  const variables = `{"limit": -${LARGE}}`;
  const ofCsv = [messages, tools, variables].map((text) => `"${text.replaceAll('"', '""')}"`);

  it.each([
    [
      'jsonl',
      `{"messages": ${messages}, "tools": ${JSON.stringify(tools)}, "chat_template_kwargs": ${variables}}`,
    ],
    ['csv', `messages,tools,chat_template_kwargs\n${ofCsv.join(',')}`],
  ])('are exact in %s', async (kind, text) => {
    const path = join(scratch, `large.${kind}`);
    await writeFile(path, `${text}\n`);
    const [record] = await collectRecords(textSource(openRows(path), { chatTemplate }));
    expect(record!.prompt).toBe(`${tools}-${LARGE}|`);
    expect(record!.response).toBe(`|${call.replace('1e-7', '1e-07')}`);
  });

  it('tell prompts apart', async () => {
    const chosen = messages.replace(LARGE, '12345678901234567891');
    const path = join(scratch, 'apart.jsonl');
    await writeFile(path, `{"chosen": ${chosen}, "rejected": ${messages}, "tools": ${tools}}\n`);
    const [record] = await collectRecords(comparisonSource(jsonlRows(path), { chatTemplate }));
    expect(record!.chosen).toContain('12345678901234567891');
    expect(record!.rejected).toContain(LARGE);
  });
});

describe('plain text', () => {
  it.each([
    ['prompt', 'completion'],
    ['prompt', 'response'],
    ['question', 'answer'],
  ])('of %s and %s is messages to a chat template that was asked for', async (asks, answers) => {
    const path = join(scratch, 'rows.csv');
    await writeFile(path, `${asks},${answers}\n${QUESTION},An apple.\n`);
    const report = createReadReport();
    const found = await collectRecords(textSource(openRows(path), { template: chatml }), { report });
    expect(found).toEqual([{ id: '1', prompt: question + opening, response: answer('An apple.') }]);
    expect(report.shapes[0]!.template).toBe(chatml);
  });

  it('refuses a role that is a larger number than JavaScript has', async () => {
    const path = await fileOf('{"messages":[{"role":12345678901234567890,"content":"b"}]}');
    await expect(collectRecords(textSource(jsonlRows(path), { chatTemplate: chatml }))).rejects.toThrow(
      /expected one of system, .*, got a bigint/,
    );
  });

  it('of prompts alone, too', async () => {
    const options = { template: chatml, promptsAlone: true };
    const source = textSource(jsonlRows(await fileOf({ question: QUESTION })), options);
    expect(await collectRecords(source)).toEqual([{ id: '1', prompt: question + opening, response: '' }]);
  });

  it.each(['prompt', 'question'])('compared, of a column %s, too', async (asks) => {
    const rows = await fileOf({ [asks]: QUESTION, chosen: 'An apple.', rejected: 'A carrot.' });
    const source = comparisonSource(jsonlRows(rows), { template: chatml });
    expect(await collectRecords(source)).toEqual([{ id: '1', prompt: question + opening, ...pair }]);
  });

  it.each([
    ['a chat template at hand', chat],
    ['one that was asked for', { template: chatml }],
  ])("is messages in Alpaca's columns, by %s", async (_, options) => {
    const path = await fileOf(
      { instruction: QUESTION, input: '', output: 'An apple.' },
      { instruction: 'Translate.', input: 'Apfel', output: 'An apple.' },
      { instruction: QUESTION, output: 'An apple.' },
    );
    const report = createReadReport();
    const found = await collectRecords(textSource(jsonlRows(path), options), { report });
    const prompts = [question, turn('user', 'Translate.\nApfel'), question];
    expect(found).toEqual(
      prompts.map((prompt, index) => ({
        id: String(index + 1),
        prompt: prompt + opening,
        response: answer('An apple.'),
      })),
    );
    expect(report.shapes[0]!.columns).toEqual({ instruction: 'instruction', output: 'output' });
  });

  it("of Alpaca's columns is the rendered text where a column has it", async () => {
    const row = { instruction: 'a', input: '', output: 'b', text: 'a, b' };
    expect(await collectRecords(textSource(jsonlRows(await fileOf(row))))).toMatchObject([
      { prompt: '', response: 'a, b' },
    ]);
  });

  it('is the text of its own template where a chat template is only at hand', async () => {
    const source = textSource(jsonlRows(await fileOf({ question: QUESTION, answer: 'An apple.' })), chat);
    expect(await collectRecords(source)).toMatchObject([{ prompt: `Question: ${QUESTION}\nAnswer:` }]);
  });
});

describe('prompts alone', () => {
  const prompts = async (row: unknown, options: TextSourceOptions = { promptsAlone: true }) =>
    collectRecords(textSource(jsonlRows(await fileOf(row)), { ...chat, ...options }));
  const user = { role: 'user', content: 'a' };

  it('are rendered with what opens the answer, where they are asked for', async () => {
    const prompt = turn('user', 'a') + opening;
    expect(await prompts({ prompt: [user] })).toEqual([{ id: '1', prompt, response: '' }]);
    expect(await prompts({ prompt: 'a' })).toEqual([{ id: '1', prompt: 'a', response: '' }]);
    await expect(prompts({ prompt: [user] }, {})).rejects.toMatchObject({ code: 'unknown-columns' });
  });

  it('do not stand in for prompts with a response', async () => {
    const row = { prompt: [user], completion: [{ role: 'assistant', content: 'b' }] };
    expect(await prompts(row)).toMatchObject([{ response: answer('b') }]);
  });

  it.each([
    ['an answer at the end', { prompt: [user, { role: 'assistant', content: 'b' }] }, 'prompt.1.role'],
    ['no user', { prompt: [{ role: 'system', content: 'b' }] }, 'prompt'],
  ])('are refused with %s', async (_, row, field) => {
    await expect(prompts(row)).rejects.toMatchObject({ fault: 'invalid-conversation', place: { field } });
  });
});

describe('compared conversations', () => {
  const pairs = async (row: unknown, options: ConversationOptions = chat) =>
    collectRecords(comparisonSource(jsonlRows(await fileOf(row)), options));
  const user = { role: 'user', content: 'a' };
  const said = (content: string) => ({ role: 'assistant', content });

  it('leaves out what says the same twice', async () => {
    const report = createReadReport();
    const path = await fileOf({ chosen: [user, said('b')], rejected: [user, said('b')] });
    expect(await collectRecords(comparisonSource(jsonlRows(path), chat), { report })).toEqual([]);
    expect(report.leftOut).toEqual({ identical: 1 });
  });

  it('compares messages whatever the order of their keys', async () => {
    const [record] = await pairs({
      chosen: [user, said('b')],
      rejected: [{ content: 'a', role: 'user' }, said('c')],
    });
    expect(record!.prompt).toBe(turn('user', 'a') + opening);
  });

  it('takes a prompt of text, and one that both repeat', async () => {
    expect(await pairs({ prompt: 'a', chosen: [said('b')], rejected: [said('c')] })).toMatchObject([
      { prompt: turn('user', 'a') + opening, chosen: answer('b') },
    ]);
    expect(
      await pairs({ prompt: [user], chosen: [user, said('b')], rejected: [user, said('c')] }),
    ).toMatchObject([{ prompt: turn('user', 'a') + opening, chosen: answer('b') }]);
  });

  it.each([
    [
      'nothing in common',
      { chosen: [user, said('b')], rejected: [{ ...user, content: 'x' }, said('c')] },
      'chosen',
      'there is no prompt',
    ],
    [
      'parting at the user',
      {
        chosen: [user, said('b'), user, said('c')],
        rejected: [user, said('b'), { ...user, content: 'x' }, said('c')],
      },
      'chosen.1.role',
      'the prompt ends with a message of the assistant',
    ],
    [
      'one that is the start of the other',
      { chosen: [user, said('b')], rejected: [user, said('b'), user, said('c')] },
      'chosen',
      'no message for the response',
    ],
  ])('refuses %s', async (_, row, field, message) => {
    await expect(pairs(row)).rejects.toMatchObject({
      place: { field, line: 1 },
      message: expect.stringContaining(message),
    });
  });

  it('refuses an empty message of a dialogue', async () => {
    const row = { chosen: '\n\nHuman: a\n\nAssistant: ', rejected: '\n\nHuman: a\n\nAssistant: b' };
    await expect(pairs(row)).rejects.toMatchObject({
      message: expect.stringContaining('message 2, of the assistant, is empty'),
    });
  });
});

describe('texts with a beginning in common', () => {
  const pairs = async (row: unknown) => collectRecords(comparisonSource(jsonlRows(await fileOf(row))));

  it('of dialogues without a chat template, the last heading ends the prompt', async () => {
    const start = '\n\nHuman: Hi\n\nAssistant:';
    expect(await pairs({ chosen: `${start} I can.`, rejected: `${start} I cannot.` })).toEqual([
      { id: '1', prompt: start, chosen: ' I can.', rejected: ' I cannot.' },
    ]);
  });

  it('of others, as TRL has it, all that is in common but for a space', async () => {
    expect(await pairs({ chosen: 'The sky is blue.', rejected: 'The sky is green.' })).toEqual([
      { id: '1', prompt: 'The sky is', chosen: ' blue.', rejected: ' green.' },
    ]);
    expect(await pairs({ chosen: 'A 🍎', rejected: 'A 🍏' })).toMatchObject([{ prompt: 'A', chosen: ' 🍎' }]);
    await expect(pairs({ chosen: 'b', rejected: 'c' })).rejects.toThrow(/field "chosen".*there is no prompt/);
  });
});

describe('templates that do not fit', () => {
  const row = {
    messages: [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
    ],
  };
  const reading = async (template: string) => {
    const path = await fileOf(row);
    const chatTemplate = createChatTemplate({ name: 'mine', chat: template });
    return expect(collectRecords(textSource(jsonlRows(path), { chatTemplate }), { onError: 'stop' })).rejects;
  };

  it('names the record, and where prompt and whole part', async () => {
    const thinking =
      '{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}{% if add_generation_prompt %}<assistant><think>{% endif %}';
    await (await reading(thinking)).toMatchObject({
      code: 'invalid-record',
      fault: 'not-a-prefix',
      place: { line: 1, field: 'messages' },
      message: expect.stringMatching(
        /line 1, field "messages": the chat template mine does not continue the prompt: at character 18, the prompt alone has "<user>a<assistant><think>", and the whole conversation has "<user>a<assistant>b"\. Use a template/,
      ),
    });
  });

  it.each([
    ['{{ messages[0].content }}', 'not-a-prefix', 'writes nothing for the response'],
    [
      '{{ raise_exception("No users here!") }}',
      'template-refused',
      'refuses the conversation: No users here. Change the conversation, or use another template',
    ],
    ['{{ messages.foo.bar() }}', 'template-failed', 'the chat template mine fails: '],
  ])('%s', async (template, fault, message) => {
    await (await reading(template)).toMatchObject({ fault, message: expect.stringContaining(message) });
  });
});
