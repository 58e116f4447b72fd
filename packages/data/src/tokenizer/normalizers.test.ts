import { describe, expect, it } from 'vitest';
import { rustNormalizer } from '../../test/rust-parts.js';
import { tokenizerTexts } from '../../test/tokenizer-texts.js';
import { readNormalizer } from './normalizers.js';
import type { PartJson } from './tokenizer-json.js';

const sequence = (...normalizers: PartJson[]): PartJson => ({ type: 'Sequence', normalizers });

describe('readNormalizer', () => {
  it.each<PartJson>([
    ...['NFC', 'NFD', 'NFKC', 'NFKD'].map((type) => ({ type })),
    { type: 'Prepend', prepend: '▁' },
    { type: 'Replace', pattern: { String: ' ' }, content: '$&' },
    { type: 'Replace', pattern: { Regex: '\\s+|\\p{M}' }, content: '' },
    sequence(
      { type: 'NFKD' },
      { type: 'Replace', pattern: { Regex: '.' }, content: '' },
      { type: 'Prepend', prepend: 'x' },
    ),
    sequence(),
  ])('does what the Rust library does for %j', (json) => {
    const theirs = rustNormalizer(json);
    const ours = readNormalizer(json);
    for (const text of tokenizerTexts(7)) {
      const normalized = ours?.(text);
      if (normalized !== theirs(text)) expect(normalized, JSON.stringify(text)).toBe(theirs(text));
    }
  });

  it('has none without one, and names what it does not know', () => {
    expect(readNormalizer(null)).toBeUndefined();
    expect(() => readNormalizer({ type: 'Lowercase' })).toThrow('the normalizer Lowercase');
    expect(() => readNormalizer(sequence({ type: 'Strip' }))).toThrow('the normalizer Strip');
    expect(() => readNormalizer({ type: 'NFC', quick: true })).toThrow(
      'the normalizer NFC with the option quick',
    );
  });

  it('refuses to double a text again and again, and not what a normal form makes of one', () => {
    const longer = (content: string): PartJson => ({ type: 'Replace', pattern: { String: 'e' }, content });
    const doubling = readNormalizer(sequence(...Array.from({ length: 60 }, () => sequence(longer('ee')))));
    expect(doubling?.('soup')).toBe('soup');
    expect(() => doubling?.('leek')).toThrow('steps that make more than 65664 characters of a text');
    expect(() => readNormalizer(longer('x'.repeat(70_000)))?.('leek')).toThrow('more than 65664 characters');
    expect(readNormalizer({ type: 'NFKD' })?.('\uFDFA'.repeat(50_000))).toHaveLength(900_000);
  });
});
