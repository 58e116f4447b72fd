import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadTokenizer } from '@ais/data';
import { chatTemplates } from '@ais/data/chat';
import { writeJson } from '@ais/runtime/files';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openModelText, savedText, scaleOfText, textLayer } from './model-text.js';

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
