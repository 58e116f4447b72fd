import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTokenizer, type TokenizerJson } from '@ais/data/tokenizer';
import { createModel, loadPretrained, savePretrained } from '@ais/language-model';
import { useBackend } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSettings } from '../settings/read-settings.js';
import type { Layer } from '../settings/settings-file.js';
import { type Chat, openChat } from './open-chat.js';

const root = mkdtempSync(join(tmpdir(), 'ais-chat-'));
const at = (...parts: string[]): string => join(root, ...parts);
const fixture = (name: string): string => new URL(`../../../data/fixtures/${name}`, import.meta.url).pathname;
const plain = JSON.parse(readFileSync(fixture('tokenizer.json'), 'utf8')) as TokenizerJson;
const size = createTokenizer(plain).vocabularySize;
const SPECIAL = ['<bos>', '<eos>', '<start_of_turn>', '<end_of_turn>'];
const EOS = size + 1;
const CONTEXT = 96;

/** Turns as Gemma's template has them, for messages that it accepts. */
const rendered = (...turns: string[]): string =>
  `<bos>${turns.map((turn, index) => `<start_of_turn>${index % 2 === 0 ? 'user' : 'model'}\n${turn}<end_of_turn>\n`).join('')}<start_of_turn>model\n`;

function tokenizerWith(chatTemplate?: string) {
  return createTokenizer(
    {
      ...plain,
      added_tokens: [
        ...(plain.added_tokens ?? []),
        ...SPECIAL.map((content, index) => ({ id: size + index, content, special: true })),
      ],
    },
    {
      eos_token: '<eos>',
      bos_token: '<bos>',
      ...(chatTemplate !== undefined && { chat_template: chatTemplate }),
    },
  );
}

const tokenizer = tokenizerWith(readFileSync(fixture('chat/turns.jinja'), 'utf8'));

async function chatWith(layer: Layer = {}, folder = 'model'): Promise<Chat> {
  return openChat(await readSettings('chat', { flags: { model: at(folder), maxNewTokens: 12, ...layer } }));
}

/** What the model itself answers to a text, greedily, up to the end of its turn. */
async function greedy(
  prompt: string,
): Promise<{ readonly tokens: readonly number[]; readonly text: string }> {
  const ending = tokenizer.endingWith?.(size + SPECIAL.indexOf('<end_of_turn>')) ?? tokenizer;
  const model = await loadPretrained(at('model'), { tokenizer: ending });
  const [generation] = await model.generate([tokenizer.encode(prompt)], {
    maxNewTokens: 12,
    temperature: 0,
    seed: 1,
  });
  model.dispose();
  const { tokens = [], finished } = generation ?? {};
  const text = tokenizer.decode(tokens);
  // An answer that is cut off may end within a character.
  return { tokens, text: finished ? text : text.replace(/\uFFFD+$/, '') };
}

beforeAll(async () => {
  await useBackend(process.env['AIS_BACKEND'] ?? 'wasm');
  const model = await createModel(
    {
      vocabularySize: size + SPECIAL.length,
      hiddenSize: 16,
      layerCount: 1,
      headCount: 2,
      intermediateSize: 32,
      maxPositions: CONTEXT,
      endOfTextTokens: [EOS],
      paddingToken: null,
      initializerRange: 0.5,
    },
    { seed: 1 },
  );
  await savePretrained(model, at('model'));
  await tokenizer.save(at('model'));
  await savePretrained(model, at('bare'));
  await tokenizerWith().save(at('bare'));
  model.dispose();
});
afterAll(() => rmSync(root, { recursive: true }));

describe('a chat', () => {
  test('answers as the model does to the whole conversation, rendered by its template, piece by piece', async () => {
    const before = tf.memory().numTensors;
    const chat = await chatWith({ temperature: 0 });
    const pieces: string[] = [];
    const first = await chat.say('Why?', { onText: (text) => pieces.push(text) });
    expect(first.text).toBe((await greedy(rendered('Why?'))).text);
    expect(pieces.join('')).toBe(first.text);
    expect(pieces.length).toBeGreaterThan(1);
    const second = await chat.say('And then?');
    expect(second.text).toBe((await greedy(rendered('Why?', first.text.trim(), 'And then?'))).text);
    expect(chat.messages).toEqual([
      { role: 'user', content: 'Why?' },
      { role: 'assistant', content: first.text },
      { role: 'user', content: 'And then?' },
      { role: 'assistant', content: second.text },
    ]);
    chat.reset();
    expect((await chat.say('Why?')).text).toBe(first.text);
    chat.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('draws by its seed, from another stream in each turn', async () => {
    const answersOf = async (seed: number): Promise<string[]> => {
      const chat = await chatWith({ seed, temperature: 1, topP: 0.9, topK: 50 });
      const answers = [];
      for (const question of ['Why?', 'Why?']) {
        answers.push((await chat.say(question)).text);
        chat.reset();
      }
      chat.dispose();
      return answers;
    };
    const [first, again, other] = [await answersOf(1), await answersOf(1), await answersOf(2)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(first[1]).not.toBe(first[0]);
  });

  test('stops at every token that a file declares as an end', async () => {
    const { tokens } = await greedy(rendered('Why?'));
    const stop = tokens[3] as number;
    const file = at('model', 'generation_config.json');
    const kept = readFileSync(file, 'utf8');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(kept), eos_token_id: [EOS, stop] }));
    const chat = await chatWith({ temperature: 0 });
    writeFileSync(file, kept);
    const end = tokens.indexOf(stop);
    expect(await chat.say('Why?')).toEqual({
      text: tokenizer.decode(tokens.slice(0, end)),
      tokens: end,
      end: 'itself',
    });
    chat.dispose();
  });

  test('keeps what there is of an answer that is stopped, and nothing of one that never began', async () => {
    const chat = await chatWith({ temperature: 0 });
    const controller = new AbortController();
    const { text, end, tokens } = await chat.say('Why?', {
      signal: controller.signal,
      onText: () => controller.abort(),
    });
    expect(end).toBe('stopped');
    expect(tokens).toBeLessThan(12);
    expect((await greedy(rendered('Why?'))).text.startsWith(text)).toBe(true);
    expect(chat.messages.at(-1)).toEqual({ role: 'assistant', content: text });
    chat.reset();
    expect(await chat.say('Why?', { signal: AbortSignal.abort() })).toEqual({
      text: '',
      tokens: 0,
      end: 'stopped',
    });
    expect(chat.messages).toEqual([]);
    chat.dispose();
  });

  test('fills the context, then says what to do, and goes on when it starts over', async () => {
    const chat = await chatWith({ temperature: 0, maxNewTokens: 1000 });
    const { end, tokens } = await chat.say('Why?');
    expect({ end, tokens }).toEqual({
      end: 'context',
      tokens: CONTEXT - tokenizer.encode(rendered('Why?')).length,
    });
    const before = chat.messages;
    await expect(chat.say('And then?')).rejects.toMatchObject({
      code: 'conversation-too-long',
      message: expect.stringMatching(/\d+ tokens, and the model's context has 96.*start over/),
    });
    expect(chat.messages).toBe(before);
    chat.reset();
    expect((await chat.say('Why?')).tokens).toBe(tokens);
    chat.dispose();
  });

  test('says in the system message how to answer', async () => {
    const chat = await chatWith({ temperature: 0, system: 'Be brief.' });
    const { text } = await chat.say('Why?');
    expect(text).toBe((await greedy(rendered('Be brief.\n\nWhy?'))).text);
    chat.reset();
    expect(chat.messages).toEqual([{ role: 'system', content: 'Be brief.' }]);
    chat.dispose();
  });
});

test('a model without a chat template takes a named one, and without one is refused before its weights are read', async () => {
  const before = tf.memory().numTensors;
  await expect(chatWith({}, 'bare')).rejects.toMatchObject({
    code: 'missing-setting',
    message: expect.stringMatching(/has no chat template.*--chat-template: chatml, or a \.jinja file/),
  });
  const template = at('refuses.jinja');
  writeFileSync(template, "{{ raise_exception('No system message, please') }}");
  await expect(chatWith({ chatTemplate: template, system: 'Be brief.' })).rejects.toMatchObject({
    code: 'chat-template-failed',
    message: expect.stringContaining('No system message, please'),
  });
  writeFileSync(template, '{% for a in range(999999) %}{% for b in range(999999) %}{% endfor %}{% endfor %}');
  await expect(chatWith({ chatTemplate: template })).rejects.toMatchObject({
    code: 'invalid-chat-template',
    message: expect.stringMatching(/takes more than a template may.*--chat-template/),
  });
  await expect(chatWith({ model: 'openai:small' })).rejects.toMatchObject({
    code: 'invalid-setting',
    message: expect.stringContaining('behind an endpoint'),
  });
  expect(tf.memory().numTensors).toBe(before);
  const chat = await chatWith({ chatTemplate: 'chatml' }, 'bare');
  expect(chat.template).toBe('chatml');
  expect((await chat.say('Why?')).tokens).toBeGreaterThan(0);
  chat.dispose();
});

test('a template reads the variables that the chat is given, over those that it has', async () => {
  const heard =
    "{% if messages[0].content == 'Hello' %}{{ raise_exception('Thinking: ' ~ enable_thinking) }}{% endif %}";
  const chat = `${heard}{% for message in messages %}{{ message.content }}{% endfor %}`;
  const chatTemplate = { chat, variables: { enable_thinking: true } };
  await expect(chatWith({ chatTemplate })).rejects.toThrow('Thinking: True');
  const templateVariables = { enable_thinking: false };
  await expect(chatWith({ chatTemplate, templateVariables })).rejects.toThrow('Thinking: False');
  await expect(chatWith({ templateVariables })).rejects.toMatchObject({
    code: 'invalid-chat-template',
    message: expect.stringContaining('"enable_thinking"'),
  });
});

test('a template that asks for the date is told today, unless its file has a date', async () => {
  // What is rendered first is a question of Hello.
  const date =
    "{% if messages[0].content == 'Hello' %}{{ raise_exception('It is ' + strftime_now('%d %b %Y')) }}{% endif %}";
  const chat = `${date}{% for message in messages %}{{ message.content }}{% endfor %}`;
  const settings = await readSettings('chat', { flags: { model: at('model') } });
  for (const [chatTemplate, day] of [
    [{ chat }, '03 Feb 2031'],
    [{ chat, date: '2020-05-06' }, '06 May 2020'],
  ] as const) {
    await expect(
      openChat({ ...settings, chatTemplate }, { today: new Date(2031, 1, 3) }),
    ).rejects.toMatchObject({
      code: 'chat-template-failed',
      message: expect.stringContaining(`It is ${day}`),
    });
  }
});
