import { describe, expect, it } from 'vitest';
import fixture from '../../fixtures/tokenizer.json' with { type: 'json' };
import { tokenizerFingerprint } from './tokenizer-fingerprint.js';
import type { TokenizerJson } from './tokenizer-json.js';

const json = fixture as TokenizerJson;
const fingerprint = tokenizerFingerprint(json, 0);
const { model, added_tokens: addedTokens = [] } = json;
const merges = model['merges'] as [string, string][];

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, entry]) => [key, reversed(entry)]),
  );
}

describe('tokenizerFingerprint', () => {
  it('stays the same over versions', () => {
    expect(fingerprint).toBe('a1a53389db4da4e7cf1dc1c138081ce3f26d718513e34bbdbde31728d229d349');
  });

  it.each<[string, TokenizerJson]>([
    ['the order of keys', reversed(json) as TokenizerJson],
    ['merges as strings', { ...json, model: { ...model, merges: merges.map((merge) => merge.join(' ')) } }],
    ['options that are off', { ...json, model: { ...model, ignore_merges: null, my_option: false } }],
    ['what is absent', { ...json, normalizer: null, truncation: { max_length: 8 }, padding: {} }],
    ['what comes after encoding', { ...json, decoder: null, post_processor: { type: 'TemplateProcessing' } }],
  ])('does not depend on %s', (_, other) => {
    expect(tokenizerFingerprint(other, 0)).toBe(fingerprint);
  });

  it.each<[string, TokenizerJson, number?]>([
    ['the end-of-text token', json, 1],
    ['a merge', { ...json, model: { ...model, merges: merges.slice(1) } }],
    ['the order of merges', { ...json, model: { ...model, merges: [...merges].reverse() } }],
    ['the vocabulary', { ...json, model: { ...model, vocab: { ...(model.vocab as object), new: 512 } } }],
    ['an option of the model', { ...json, model: { ...model, ignore_merges: true } }],
    ['the normalizer', { ...json, normalizer: { type: 'NFC' } }],
    ['the pre-tokenizer', { ...json, pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true } }],
    ['an added token', { ...json, added_tokens: [...addedTokens, { id: 512, content: 'new' }] }],
    ['its options', { ...json, added_tokens: addedTokens.map((token) => ({ ...token, rstrip: true })) }],
  ])('depends on %s', (_, other, endOfText = 0) => {
    expect(tokenizerFingerprint(other, endOfText)).not.toBe(fingerprint);
  });
});
