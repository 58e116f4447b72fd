import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelChatTemplate } from '../chat/load-chat-template.js';
import { loadTokenizer } from './load-tokenizer.js';
import { tokenizerFromFiles } from './tokenizer-from-files.js';

let folder: string;
let files: Map<string, Uint8Array | string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenizer-'));
  files = new Map<string, Uint8Array | string>([
    ['tokenizer.json', await readFile(new URL('../../fixtures/tokenizer.json', import.meta.url))],
    [
      'tokenizer_config.json',
      '{"eos_token":"<|endoftext|>","model_max_length":1000000000000000019884624838656}',
    ],
    ['chat_template.jinja', '{% for m in messages %}[{{ m.content }}]{% endfor %}'],
    ['config.json', 'not of the tokenizer'],
  ]);
  for (const [name, content] of files) await writeFile(join(folder, name), content);
});
afterAll(() => rm(folder, { recursive: true }));

describe('tokenizerFromFiles', () => {
  it('makes the tokenizer that loadTokenizer makes of the folder, with its chat template', async () => {
    const tokenizer = tokenizerFromFiles(files);
    const loaded = await loadTokenizer(folder);
    const text = 'SUBREDDIT: r/soup\nTITLE: Made soup, naïve 🍲';
    expect(tokenizer.encode(text)).toEqual(loaded.encode(text));
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    expect(tokenizer.fingerprint).toBe(loaded.fingerprint);
    expect(modelChatTemplate(tokenizer)?.render([{ role: 'user', content: 'Why?' }])).toBe('[Why?]');
  });

  it('saves its files to the byte, and no others', async () => {
    const to = join(folder, 'saved');
    await tokenizerFromFiles(files).save(to);
    for (const name of ['tokenizer_config.json', 'chat_template.jinja']) {
      expect(await readFile(join(to, name), 'utf8')).toBe(files.get(name));
    }
    await expect(readFile(join(to, 'config.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('takes an object for a map', () => {
    expect(tokenizerFromFiles(Object.fromEntries(files)).fingerprint).toBe(
      tokenizerFromFiles(files).fingerprint,
    );
  });

  it('says what is missing or damaged', () => {
    const fault = (files: Map<string, string>): unknown => {
      try {
        return tokenizerFromFiles(files, 'soup');
      } catch (error) {
        return error;
      }
    };
    expect(fault({} as never)).toMatchObject({ code: 'tokenizer-not-found' });
    expect(fault(new Map())).toMatchObject({ code: 'tokenizer-not-found' });
    expect(fault(new Map([['tokenizer.json', '{']]))).toMatchObject({
      code: 'invalid-tokenizer',
      message: expect.stringContaining('soup/tokenizer.json is not JSON'),
    });
  });
});
