import { Tokenizer as RustTokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import fixture from '../../fixtures/tokenizer.json' with { type: 'json' };
import { textsOfEveryPlane } from '../../test/texts-of-every-plane.js';
import { byteLevelEncoder } from './byte-level-encoder.js';
import { createTokenizer } from './tokenizer.js';
import type { AddedTokenJson, TokenizerJson } from './tokenizer-json.js';

const gpt2 = fixture as TokenizerJson;
const added = (id: number, content: string, fields: Partial<AddedTokenJson> = {}): AddedTokenJson => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: true,
  special: false,
  ...fields,
});
/** As GPT-NeoX's: NFC, and a token for each short run of spaces. */
const gptNeoX: TokenizerJson = {
  ...gpt2,
  normalizer: { type: 'NFC' },
  added_tokens: [
    ...(gpt2.added_tokens ?? []),
    added(512, '<|padding|>', { special: true, normalized: false }),
    ...Array.from({ length: 23 }, (_, index) => added(513 + index, ' '.repeat(24 - index))),
    added(536, 'e\u0301e'),
    added(537, 'r/'),
    added(538, 'r/cooking', { normalized: false }),
  ],
};

describe.each([
  ['GPT-2', gpt2],
  ['GPT-NeoX', gptNeoX],
])('a tokenizer as %s has', (_, json) => {
  it('gives the ids of the Rust library for texts of every plane of Unicode', async () => {
    const rust = RustTokenizer.fromString(JSON.stringify(json));
    const encode = byteLevelEncoder(json) ?? expect.fail('is not encoded by bytes');
    const tokenizer = createTokenizer(json);
    const texts = textsOfEveryPlane({ seed: 17, count: 600, everyNthBlock: 64 });
    const encodings = await rust.encodeBatch(texts, { addSpecialTokens: false });
    for (const [index, text] of texts.entries()) {
      const ids = encodings[index]?.getIds();
      if (String(encode(text)) !== String(ids)) expect(encode(text), JSON.stringify(text)).toEqual(ids);
      if (String(tokenizer.encode(text)) !== String(ids))
        expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
    }
  });
});

it('tells white space as Unicode does, not as JavaScript does', async () => {
  const rust = RustTokenizer.fromString(JSON.stringify(gpt2));
  const encode = byteLevelEncoder(gpt2) ?? expect.fail('is not encoded by bytes');
  for (const text of ['\uFEFFthe', 'the\uFEFF lake', 'the\u0085 lake', ' \u0085 lake', '\u088f\u323b0']) {
    expect(encode(text)).toEqual((await rust.encode(text, null, { addSpecialTokens: false })).getIds());
  }
});

it('takes a piece of a hundred thousand letters in time', () => {
  const encode = byteLevelEncoder(gpt2) ?? expect.fail('is not encoded by bytes');
  const started = performance.now();
  expect(encode('lakedinner'.repeat(10_000)).length).toBeGreaterThan(10_000);
  expect(performance.now() - started).toBeLessThan(2_000);
});

it.each([
  ['another model', { ...gpt2, model: { ...gpt2.model, type: 'WordPiece' } }],
  ['another normalizer', { ...gpt2, normalizer: { type: 'Lowercase' } }],
  ['another pre-tokenizer', { ...gpt2, pre_tokenizer: { type: 'Whitespace' } }],
  ['a space put before each text', { ...gpt2, pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true } }],
  ['merges that are ignored', { ...gpt2, model: { ...gpt2.model, ignore_merges: true } }],
  ['a token that swallows spaces', { ...gpt2, added_tokens: [added(0, '<|endoftext|>', { rstrip: true })] }],
  ['a merge of unknown tokens', { ...gpt2, model: { ...gpt2.model, merges: ['nope no'] } }],
])('leaves a tokenizer with %s to the library', (_, json) => {
  expect(byteLevelEncoder(json as TokenizerJson)).toBeUndefined();
});
