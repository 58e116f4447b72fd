import { describe, expect, it } from 'vitest';
import { specialToken } from './special-tokens.js';

describe('specialToken', () => {
  it.each([
    ['a text', { eos_token: '</s>' }],
    ['an object', { eos_token: { content: '</s>', lstrip: false } }],
    ['an added token', { eos_token: { __type: 'AddedToken', content: '</s>', special: true } }],
  ])('reads %s', (_, configuration) => {
    expect(specialToken('eos_token', configuration)).toBe('</s>');
    expect(specialToken('eos_token', {}, configuration)).toBe('</s>');
    expect(specialToken('pad_token', configuration)).toBeUndefined();
  });

  it('takes special_tokens_map.json first, unless the configuration lists the added tokens, as transformers does', () => {
    const map = { eos_token: '<eos>' };
    expect(specialToken('eos_token', { eos_token: '</s>' }, map)).toBe('<eos>');
    expect(specialToken('eos_token', { eos_token: '</s>', added_tokens_decoder: {} }, map)).toBe('</s>');
    expect(specialToken('eos_token', { eos_token: '</s>' }, { eos_token: null })).toBe('</s>');
    expect(specialToken('eos_token', { eos_token: null })).toBeUndefined();
  });

  it.each([[5], [['</s>']], [''], [{ text: '</s>' }], [{ content: 5 }]])('refuses %j', (token) => {
    const configuration = { eos_token: token as never };
    expect(() => specialToken('eos_token', configuration)).toThrow(
      expect.objectContaining({ code: 'invalid-tokenizer', place: { field: 'eos_token' } }),
    );
  });
});
