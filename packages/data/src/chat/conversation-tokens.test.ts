import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import json from '../../fixtures/tokenizer.json' with { type: 'json' };
import { tokenizeComparison } from '../tokenize/tokenize-comparison.js';
import { tokenizeRecord } from '../tokenize/tokenize-record.js';
import { loadTokenizer } from '../tokenizer/load-tokenizer.js';
import { createTokenizer, type Tokenizer } from '../tokenizer/tokenizer.js';
import type { AddedTokenJson, TokenizerJson } from '../tokenizer/tokenizer-json.js';
import { chatml } from './built-in.js';
import { type ChatTemplate, createChatTemplate } from './chat-template.js';
import { withEndOfTurn, withOwnEndOfTurn } from './end-of-turn.js';
import { loadChatTemplate, modelChatTemplate } from './load-chat-template.js';
import type { Message } from './message.js';

const SPECIAL = [
  '<|im_start|>',
  '<|im_end|>',
  '<bos>',
  '<eos>',
  '<start_of_turn>',
  '<end_of_turn>',
  '<s>',
  '</s>',
];
const plain = json as TokenizerJson;
const size = createTokenizer(plain).vocabularySize;
const file: TokenizerJson = {
  ...plain,
  added_tokens: [
    ...(plain.added_tokens ?? []),
    ...SPECIAL.map((content, index): AddedTokenJson => ({ id: size + index, content, special: true })),
  ],
};
const idOf = (content: string): number => size + SPECIAL.indexOf(content);
const jinja = (name: string): string =>
  readFileSync(new URL(`../../fixtures/chat/${name}.jinja`, import.meta.url), 'utf8');

const models = [
  { name: 'chatml-tools', eos: '<|im_end|>', end: '<|im_end|>', tokens: { eos_token: '<|im_end|>' } },
  { name: 'chatml-default-system', eos: '<|im_end|>', end: '<|im_end|>', tokens: {} },
  { name: 'turns', eos: '<eos>', end: '<end_of_turn>', tokens: { bos_token: '<bos>' } },
  { name: 'instructions', eos: '</s>', end: '</s>', tokens: { bos_token: '<s>', eos_token: '</s>' } },
].map(({ name, eos, end, tokens }) => {
  const template = createChatTemplate({ name, chat: jinja(name), specialTokens: tokens });
  const own = createTokenizer(file, { eos_token: eos }, name);
  return { name, template, own, tokenizer: withEndOfTurn(own, template), end: idOf(end) };
});

/** What templates do not trim: those of some models trim, and none of these starts or ends with white space. */
const content = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
  .map((text) => `x${text}y`)
  .filter((text) => !/\p{Surrogate}/u.test(text));
const conversation = fc.array(fc.tuple(content, content), { minLength: 1, maxLength: 4 }).map((turns) =>
  turns.flatMap(([question, answer]): Message[] => [
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ]),
);

function exchangeOf(messages: readonly Message[], template: ChatTemplate) {
  const { prompt, responses } = template.exchange({
    prompt: messages.slice(0, -1),
    responses: [messages.slice(-1)],
  });
  return { id: 'x', prompt, response: responses[0]! };
}

describe.each(models)('$name', ({ template, tokenizer, own, end }) => {
  it('has the tokens of the whole rendering up to the end of the turn, prompt and response apart', () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        const record = exchangeOf(messages, template);
        const whole = tokenizer.encode(template.render(messages));
        const { prompt, response, boundaryMerged } = tokenizeRecord(record, tokenizer, {
          maxPromptTokens: 4096,
        });
        const both = [...prompt, ...response];
        expect(whole.slice(0, both.length)).toEqual(both);
        expect(tokenizer.decode(whole.slice(both.length)).trim()).toBe('');
        expect(boundaryMerged).toBe(false);
        // In the loss: the answer, and the token that ends its turn, once.
        const answer = messages.at(-1)!.content;
        expect(response.filter((token) => token === end)).toEqual([end]);
        expect(response.at(-1)).toBe(end);
        expect(tokenizer.decode(response).trim()).toBe(answer);
        expect(prompt.length + response.length).toBe(both.length);
      }),
      { numRuns: 60 },
    );
  });

  it('gives both responses of a pair one prompt, and ends each once', () => {
    const prompt: Message[] = [{ role: 'user', content: 'Why?' }];
    const rendered = template.exchange({
      prompt,
      responses: [[{ role: 'assistant', content: 'So.' }], [{ role: 'assistant', content: 'No.' }]],
    });
    const [chosen, rejected] = rendered.responses as [string, string];
    const pair = tokenizeComparison({ id: 'x', prompt: rendered.prompt, chosen, rejected }, tokenizer);
    expect([pair.chosen.at(-1), pair.rejected.at(-1)]).toEqual([end, end]);
    expect(pair.chosen).not.toEqual(pair.rejected);
    expect(tokenizer.decode(pair.prompt)).toContain('Why?');
  });

  it('names the end of the turn, and leaves the rest of the tokenizer alone', () => {
    expect(tokenizer.endOfTextToken).toBe(end);
    expect(tokenizer.endOfText).toBe(SPECIAL[end - size]);
    expect(tokenizer.encode('a b <eos>')).toEqual(own.encode('a b <eos>'));
    expect(tokenizer === own).toBe(own.endOfTextToken === end);
  });
});

it('puts no second start before a conversation', () => {
  const { template, tokenizer } = models[2]!;
  const text = template.render([{ role: 'user', content: 'a' }]);
  expect(tokenizer.encode(text).filter((token) => token === idOf('<bos>'))).toEqual([idOf('<bos>')]);
});

it('adds end-of-text where the template ends turns with no token of the tokenizer', () => {
  const tokenizer = createTokenizer(plain);
  expect(withEndOfTurn(tokenizer, chatml)).toBe(tokenizer);
  const record = exchangeOf(
    [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
    ],
    chatml,
  );
  const { response } = tokenizeRecord(record, tokenizer);
  expect(response).toEqual([...tokenizer.encode('b<|im_end|>\n'), tokenizer.endOfTextToken]);
});

it('a template that cannot render a question and an answer is an error where it was asked for', () => {
  const tokenizer = createTokenizer(file, { eos_token: '<eos>' });
  const broken = createChatTemplate({ chat: '{{ raise_exception("no") }}' });
  expect(() => withEndOfTurn(tokenizer, broken)).toThrow(/refuses the conversation: no/);
  expect(withOwnEndOfTurn(tokenizer, broken)).toBe(tokenizer);
});

it('refuses to end texts with a token that is not special', () => {
  const { own } = models[0]!;
  expect(() => own.endingWith!(5)).toThrow(/5 is not a special token/);
});

describe('the templates of a folder', () => {
  let scratch = '';
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'ais-chat-'));
  });
  afterAll(() => rm(scratch, { recursive: true }));

  const folder = async (name: string, files: Readonly<Record<string, unknown>>): Promise<string> => {
    const directory = join(scratch, name);
    await mkdir(join(directory, 'additional_chat_templates'), { recursive: true });
    for (const [path, content] of Object.entries({ 'tokenizer.json': file, ...files })) {
      await writeFile(join(directory, path), typeof content === 'string' ? content : JSON.stringify(content));
    }
    return directory;
  };
  const said = (tokenizer: Tokenizer, name?: string) =>
    modelChatTemplate(tokenizer, name)?.render([{ role: 'user', content: 'a' }]);

  it('one in tokenizer_config.json, with the special tokens of either file', async () => {
    const tokenizer = await loadTokenizer(
      await folder('one', {
        'tokenizer_config.json': {
          chat_template: '{{ bos_token }}{{ unk_token }}one',
          eos_token: '<eos>',
          unk_token: { content: '<s>' },
        },
        'special_tokens_map.json': { bos_token: '<bos>', eos_token: '<eos>' },
      }),
    );
    expect(said(tokenizer)).toBe('<bos><s>one');
    expect(said(tokenizer, 'tool_use')).toBeUndefined();
  });

  it('several with names, one of which is for tools', async () => {
    const chat_template = [
      { name: 'default', template: 'default' },
      { name: 'tool_use', template: 'tools' },
      { name: 'rag', template: 'rag' },
    ];
    const tokenizer = await loadTokenizer(
      await folder('several', { 'tokenizer_config.json': { chat_template, eos_token: '<eos>' } }),
    );
    const template = modelChatTemplate(tokenizer)!;
    expect([template.render([]), template.render([], { tools: [{}] })]).toEqual(['default', 'tools']);
    expect((await loadChatTemplate('rag', tokenizer)).render([])).toBe('rag');
    await expect(loadChatTemplate('none', tokenizer)).rejects.toThrow(/Use chatml, default, tool_use, rag/);
  });

  it('files of their own before those, and saved again', async () => {
    const files = {
      'tokenizer_config.json': { chat_template: 'old', eos_token: '<eos>' },
      'chat_template.jinja': 'new',
      'additional_chat_templates/tool_use.jinja': 'tools',
    };
    const tokenizer = await loadTokenizer(await folder('files', files));
    expect(said(tokenizer)).toBe('new');
    const copy = join(scratch, 'copy');
    await tokenizer.save(copy);
    const again = await loadTokenizer(copy);
    expect(again.chat).toEqual(tokenizer.chat);
    expect(modelChatTemplate(again)!.render([], { tools: [{}] })).toBe('tools');
    await (
      await loadTokenizer(await folder('none', { 'tokenizer_config.json': { eos_token: '<eos>' } }))
    ).save(copy);
    expect((await loadTokenizer(copy)).chat!.templates).toEqual({});
  });

  it('a file given by hand, with the special tokens of the model', async () => {
    const directory = await folder('hand', {
      'tokenizer_config.json': { bos_token: '<bos>', eos_token: '<eos>' },
    });
    const path = join(directory, 'mine.jinja');
    await writeFile(path, '{{ bos_token }}mine');
    const template = await loadChatTemplate(path, await loadTokenizer(directory));
    expect([template.name, template.render([])]).toEqual([path, '<bos>mine']);
  });

  it('none of them where chat_template is damaged', async () => {
    const directory = await folder('damaged', {
      'tokenizer_config.json': { chat_template: [{ name: 'a' }], eos_token: '<eos>' },
    });
    await expect(loadTokenizer(directory)).rejects.toMatchObject({
      code: 'invalid-tokenizer',
      place: { field: 'chat_template' },
    });
  });

  it('an end of turn is saved as the end of text in every file, and is the end when it is loaded', async () => {
    const directory = await folder('gemma', {
      'tokenizer_config.json': { chat_template: jinja('turns'), bos_token: '<bos>', eos_token: '<eos>' },
      'special_tokens_map.json': { eos_token: { content: '<eos>' }, bos_token: '<bos>' },
    });
    const loaded = await loadTokenizer(directory);
    const tokenizer = withOwnEndOfTurn(loaded, modelChatTemplate(loaded)!);
    expect([loaded.endOfText, tokenizer.endOfText]).toEqual(['<eos>', '<end_of_turn>']);
    const copy = join(scratch, 'gemma-copy');
    await tokenizer.save(copy);
    const again = await loadTokenizer(copy);
    expect(again.endOfText).toBe('<end_of_turn>');
    expect(again.fingerprint).toBe(tokenizer.fingerprint);
    for (const name of ['tokenizer_config.json', 'special_tokens_map.json']) {
      expect(JSON.parse(await readFile(join(copy, name), 'utf8')).eos_token).toBe('<end_of_turn>');
    }
  });
});
