import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnknownSourceError } from '@ais/data';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeChatModel } from '../../test/chat-model.js';
import { openModelText } from './model-text.js';
import { rememberedText } from './remembered-text.js';

const root = mkdtempSync(join(tmpdir(), 'ais-remembered-'));
const model = join(root, 'model');
beforeAll(async () => {
  await writeChatModel(model);
  const { tokenizer } = await openModelText(model);
  writeFileSync(
    join(model, 'text.json'),
    JSON.stringify({ tokenizer: tokenizer.fingerprint, source: 'asked.csv', pairs: 'pairs.jsonl' }),
  );
});
afterAll(() => rmSync(root, { recursive: true }));

const missing = (key: 'source' | 'pairs', name: string, of: string | undefined = model) =>
  rememberedText({ key, name, model: of }, async () => {
    throw new UnknownSourceError(`There is no file or folder ${name}.`);
  });

test('what a run asks for, and is not there, is said to be asked for by the run', async () => {
  await expect(missing('source', 'asked.csv')).rejects.toMatchObject({
    code: 'invalid-setting',
    key: 'source',
    message: expect.stringMatching(/There is no asked\.csv here\. The run of \S+model asks for it.*--source/),
  });
  await expect(missing('pairs', 'pairs.jsonl')).rejects.toThrow(/asks for it.*--pairs/);
});

test('what somebody else asked for, and other failures, are told as they are', async () => {
  await expect(missing('source', 'other.csv')).rejects.toThrow(UnknownSourceError);
  await expect(
    rememberedText({ key: 'source', name: 'asked.csv', model: undefined }, async () => {
      throw new UnknownSourceError('nothing');
    }),
  ).rejects.toThrow('nothing');
  const broken = rememberedText({ key: 'source', name: 'asked.csv', model }, async () => {
    throw new Error('broken');
  });
  await expect(broken).rejects.toThrow('broken');
  expect(await rememberedText({ key: 'source', name: 'asked.csv', model }, async () => 3)).toBe(3);
});
