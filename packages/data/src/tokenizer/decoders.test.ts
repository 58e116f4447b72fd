import { describe, expect, it } from 'vitest';
import { rustDecoder } from '../../test/rust-parts.js';
import { readDecoder } from './decoders.js';
import type { PartJson } from './tokenizer-json.js';

const sequence = (...decoders: PartJson[]): PartJson => ({ type: 'Sequence', decoders });
const space = { type: 'Replace', pattern: { String: '▁' }, content: ' ' };
const byteFallback = { type: 'ByteFallback' };
const fuse = { type: 'Fuse' };

const TOKENS: readonly (readonly string[])[] = [
  [],
  ['Ġthe', 'Ġlake', 'Ċ', '<|endoftext|>', 'ã', 'Ģ', 'é', 'x y', '東'],
  ['ï', '»', '¿', 'a', 'ð', 'Ł', 'Ļ'],
  ['▁the', '▁lake', '▁', '▁▁x▁', '\uFEFF'],
  [
    '<0xE6>',
    '<0x9D>',
    '<0xB1>',
    '▁',
    '<0xE6>',
    '<0x41>',
    'b',
    '<0xff>',
    '<0x+5>',
    '<0x5>',
    '<0xEF>',
    '<0xBB>',
    '<0xBF>',
  ],
  [' ', '  a', ' '],
];

describe('readDecoder', () => {
  it.each<PartJson>([
    { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    sequence(space, byteFallback, fuse, { type: 'Strip', content: ' ', start: 1, stop: 0 }),
    sequence(byteFallback, fuse),
    byteFallback,
    space,
    { type: 'Strip', content: ' ', start: 2, stop: 0 },
    ...['always', 'never', 'first'].map((prepend_scheme) => ({
      type: 'Metaspace',
      replacement: '▁',
      prepend_scheme,
      split: true,
    })),
  ])('gives the texts of the Rust library for %j', (json) => {
    const theirs = rustDecoder(json);
    const ours = readDecoder(json);
    for (const tokens of TOKENS) expect(ours(tokens)).toBe(theirs(tokens));
  });

  it('puts spaces between tokens without one, and names what it does not know', () => {
    expect(readDecoder(null)(['the', 'lake'])).toBe('the lake');
    expect(() => readDecoder({ type: 'WordPiece' })).toThrow('the decoder WordPiece');
    expect(() => readDecoder({ type: 'Strip', content: ' ', start: 0, stop: 1 })).toThrow(
      'the decoder Strip at the end',
    );
  });

  it('refuses to double a text again and again', () => {
    const all = (step: PartJson): PartJson => sequence(...Array.from({ length: 60 }, () => sequence(step)));
    const tooLong = 'steps that make more than 65664 characters of a text';
    const doubling = readDecoder(all({ type: 'Replace', pattern: { String: 'e' }, content: 'ee' }));
    expect(doubling(['so', 'up'])).toBe('soup');
    expect(() => doubling(['le', 'ek'])).toThrow(tooLong);
    const spaced = readDecoder(all({ type: 'Metaspace', replacement: '', prepend_scheme: 'never' }));
    expect(() => spaced(['so', 'up'])).toThrow(tooLong);
  });
});
