import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadTokenizer } from '@ais/data';
import { type ChatTemplate, chatTemplates } from '@ais/data/chat';
import { writeJson } from '@ais/runtime/files';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TextSettings } from '../settings/text-settings.js';
import { openModelText, savedText, scaleOfText, textLayer, tokenOwner } from './model-text.js';

const fixtures = fileURLToPath(new URL('../../../data/fixtures', import.meta.url));
let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ais-model-text-'));
});
afterAll(() => rmSync(root, { recursive: true }));

test("a run's text opens as it was saved; another tokenizer beside the weights is refused", async () => {
  const tokenizer = await loadTokenizer(fixtures);
  const folder = join(root, 'run');
  await savedText({ tokenizer }).save(folder);
  expect((await openModelText(folder)).tokenizer.fingerprint).toBe(tokenizer.fingerprint);

  const damaged = join(root, 'damaged');
  cpSync(folder, damaged, { recursive: true });
  const own = tokenizer.fingerprint;
  const templates = [null, false, 'tldr'].map((template) => ({ tokenizer: own, template }));
  for (const record of [null, [], { tokenizer: { toString: 1 } }, ...templates]) {
    await writeJson(join(damaged, 'text.json'), record);
    await expect(openModelText(damaged)).rejects.toMatchObject({ code: 'damaged-file' });
  }

  const other = join(root, 'other');
  cpSync(folder, other, { recursive: true });
  await writeJson(join(other, 'text.json'), { tokenizer: 'f'.repeat(64) });
  await expect(openModelText(other)).rejects.toMatchObject({
    code: 'another-tokenizer',
    message: expect.stringMatching(
      new RegExp(
        `other: its weights learned with the tokenizer f{16}, .* has the tokenizer ${tokenizer.fingerprint.slice(0, 16)}`,
      ),
    ),
  });
});

test('text is split as the run split it, and other text as the preset says', async () => {
  const tokenizer = await loadTokenizer(fixtures);
  const folder = join(root, 'scaled');
  const source = 'debian';
  await savedText({ tokenizer }, { source, scale: 'small' }).save(folder);
  expect(await scaleOfText(folder, { source })).toBe('small');
  expect(await scaleOfText(folder, { source, preset: 'tiny' })).toBe('small');
  expect(await scaleOfText(folder, { source: 'synthetic', preset: 'tiny' })).toBe('tiny');
  expect(await scaleOfText(folder, { source: 'synthetic' })).toBeUndefined();
  expect(await scaleOfText(undefined, { source, preset: 'paper' })).toBe('paper');
  // Earlier runs do not say it, and another version may have other scales.
  for (const scale of [undefined, 'huge', 'constructor', { toString: 1 }]) {
    await writeJson(join(folder, 'text.json'), { tokenizer: tokenizer.fingerprint, source, scale });
    expect(await scaleOfText(folder, { source, preset: 'tiny' })).toBe('tiny');
    expect(await scaleOfText(folder, { source })).toBeUndefined();
  }
});

test('a run that took plain text for messages has later commands do so, too', async () => {
  const tokenizer = await loadTokenizer(fixtures);
  const folder = join(root, 'chat');
  const template = chatTemplates['chatml']!;
  await savedText({ tokenizer, template }, { source: 'a.csv', plainTextIsChat: true }).save(folder);
  await writeJson(join(folder, 'config.json'), { model_type: 'llama' });
  writeFileSync(join(folder, 'model.safetensors'), '');
  expect(await textLayer(folder)).toEqual({
    source: 'a.csv',
    template: 'chat',
    chatTemplate: template.toJSON(),
  });
  await savedText({ tokenizer, template }, { source: 'a.csv' }).save(folder);
  expect(await textLayer(folder)).not.toHaveProperty('template');
});

describe('variables of a chat template', () => {
  const chat =
    '{{ effort }}{% if enable_thinking is false %}!{% endif %}{% for m in messages %}<{{ m.content }}>{% endfor %}';
  const said = (text: { readonly chatTemplate?: ChatTemplate }): string | undefined =>
    text.chatTemplate?.render([{ role: 'user', content: 'a' }]);
  const bare = async (name: string): Promise<string> => {
    const folder = join(root, name);
    await (await loadTokenizer(fixtures)).save(folder);
    return folder;
  };
  const withTemplate = async (name: string): Promise<string> => {
    const folder = await bare(name);
    writeFileSync(join(folder, 'chat_template.jinja'), chat);
    return folder;
  };

  test("are given to the model's own template, which is kept with them, so that later commands render alike", async () => {
    const base = await withTemplate('base');
    expect(said(await openModelText(base))).toBe('<a>');
    const text = await openModelText(base, { templateVariables: { enable_thinking: false } });
    expect(said(text)).toBe('!<a>');
    expect(text.template).toBe(text.chatTemplate);
    const run = join(root, 'thoughtless');
    await savedText(text).save(run);
    expect(JSON.parse(readFileSync(join(run, 'text.json'), 'utf8'))).toMatchObject({
      template: { chat, variables: { enable_thinking: false } },
    });
    expect(said(await openModelText(run))).toBe('!<a>');
    await writeJson(join(run, 'config.json'), { model_type: 'llama' });
    writeFileSync(join(run, 'model.safetensors'), '');
    const layer = await textLayer(run);
    expect(layer).toMatchObject({ chatTemplate: { variables: { enable_thinking: false } } });
    // What a later command gives wins, one by one; another template has its own.
    const later = { chatTemplate: layer?.['chatTemplate'] as TextSettings['chatTemplate'] };
    expect(said(await openModelText(run, later))).toBe('!<a>');
    for (const asked of [{}, later]) {
      const more = { ...asked, templateVariables: { effort: 'low' } };
      expect(said(await openModelText(run, more))).toBe('low!<a>');
      const other = { ...asked, templateVariables: { enable_thinking: true } };
      expect(said(await openModelText(run, other))).toBe('<a>');
    }
    expect(said(await openModelText(run, { chatTemplate: 'default' }))).toBe('<a>');
  });

  test('make other owners of tokens, and none leaves those that there were', async () => {
    const base = await withTemplate('owner');
    const ownerOf = async (templateVariables?: TextSettings['templateVariables']) =>
      tokenOwner(await openModelText(base, { chatTemplate: 'default', templateVariables })).template;
    expect(await ownerOf({ enable_thinking: false })).not.toBe(await ownerOf());
    expect(await ownerOf({ enable_thinking: true })).not.toBe(await ownerOf({ enable_thinking: false }));
    expect(await ownerOf({})).toBe(await ownerOf());
  });

  test('need a chat template that reads them', async () => {
    const templateVariables = { enable_thinking: false };
    await expect(openModelText(await bare('none'), { templateVariables })).rejects.toMatchObject({
      code: 'missing-setting',
      message: expect.stringMatching(/templateVariables: .*\(--chat-template\).*--template-variables/),
    });
    const unread = openModelText(await withTemplate('unread'), {
      templateVariables: { enable_thinkin: false },
    });
    await expect(unread).rejects.toThrow(/does not read the variable "enable_thinkin".*--template-variables/);
    const named = { chatTemplate: 'chatml', templateVariables };
    await expect(openModelText(await bare('chatml'), named)).rejects.toThrow(/chatml: it does not read/);
  });
});

test('a model from elsewhere chooses no judge, no objective, and no file to write', async () => {
  const { fingerprint } = await loadTokenizer(fixtures);
  const folder = join(root, 'stranger');
  await savedText({ tokenizer: await loadTokenizer(fixtures) }).save(folder);
  await writeJson(join(folder, 'config.json'), { model_type: 'llama' });
  writeFileSync(join(folder, 'model.safetensors'), '');
  const chosen = { scorer: './evil.mjs', objective: '@evil/objective', api: { cache: '../theirs.jsonl' } };
  await writeJson(join(folder, 'text.json'), {
    tokenizer: fingerprint,
    source: 'a.csv',
    command: 'sft',
    ...chosen,
  });
  expect(await textLayer(folder)).toEqual({ source: 'a.csv', command: 'sft' });
});
