import { describe, expect, it } from 'vitest';
import { rustSplitter } from '../../test/rust-parts.js';
import { PATTERNS } from '../../test/tokenizer-kinds.js';
import { tokenizerTexts } from '../../test/tokenizer-texts.js';
import { rustPattern } from './rust-pattern.js';
import { SPLIT_BEHAVIORS, splitText } from './split-text.js';
import { UnsupportedFeature } from './unsupported-feature.js';

const CONTRACTIONS = ["WE'RE it's I'ſ HE'LL can'T", '\u2003\u0085x\u180E\u200B \uFEFF', 'ＡＢ１２ ½Ⅷ٣'];
const texts = [...tokenizerTexts(5), ...CONTRACTIONS];

function expectSamePieces(
  pattern: object,
  behavior: (typeof SPLIT_BEHAVIORS)[number],
  invert: boolean,
): void {
  const theirs = rustSplitter({ type: 'Split', pattern, behavior, invert });
  const ours = rustPattern(pattern);
  for (const text of texts) {
    const pieces = splitText(text, ours, behavior, invert);
    const expected = theirs(text);
    if (pieces.join('\u0000') !== expected.join('\u0000'))
      expect(pieces, JSON.stringify(text)).toEqual(expected);
  }
}

describe('rustPattern', () => {
  it.each([
    ...Object.values(PATTERNS),
    '\\p{Lu}+|\\P{L}|\\p{Ll}{2}',
    '(\\d+|\\D)\\s*?',
    "(?i:k's)",
    '[\\]\\-a\\\\]|[-x]|[x-]|[a-cà-ÿ]+',
    '.',
    '(?:ab|a)(?=c)|\\.|\\(',
    'a{2,3}|b{2}|c{1,}',
    ' ?[^\\s]+\\n+',
    '\\p{P}+|\\p{S}|\\p{M}|\\p{Nd}|\\p{Nl}|\\p{No}|\\p{Lt}|\\p{Lm}|\\p{Lo}',
  ])('splits as the Rust library by %s', (pattern) => {
    expectSamePieces({ Regex: pattern }, 'Isolated', false);
  });

  it.each(SPLIT_BEHAVIORS)('splits as the Rust library with the behavior %s', (behavior) => {
    for (const invert of [false, true]) {
      expectSamePieces({ Regex: '[\\n0-9]|e| ' }, behavior, invert);
      expectSamePieces({ String: ' ' }, behavior, invert);
      expectSamePieces({ String: '...' }, behavior, invert);
    }
  });

  it.each([
    ['a*', 'it can match the empty text'],
    ['|a', 'it can match the empty text'],
    ['(?=a)', 'it can match the empty text'],
    ['(a*)+b', 'what is repeated can match the empty text'],
    ['a++', '"++"'],
    ['a{1,2}?', '"{1,2}?"'],
    ['a{,2}', '"{"'],
    ['a{3,2}', '"{"'],
    ['^a', '"^"'],
    ['a$', '"$"'],
    ['a]', '"]"'],
    ['\\bx', '"\\b"'],
    ['\\w+', '"\\w"'],
    ['\\h', '"\\h"'],
    ['\\p{Han}', '"\\p{Han}"'],
    ['\\p{^L}', '"\\p{}"'],
    ['\\p{toString}', '"\\p{toString}"'],
    ['(?<=a)b', '"(?<"'],
    ['(?>a)', '"(?>"'],
    ['(?i)a', '"(?i"'],
    ['(?i:ß)', '"ß" in any case'],
    ['(?i:ss)', '"ss" in any case'],
    ['(?i:[a])', '"[" in any case'],
    ['[[:alpha:]]', '"[" in a class'],
    ['[a&&b]', '"&" in a class'],
    ['[]a]', '"]" in a class'],
    ['[b-a]', 'a range that is not one of two characters'],
    ['[\\s-a]', 'a range that is not one of two characters'],
    ['[\\S]', '"\\S"'],
    ['[a', 'it ends too early'],
    ['(a', '"(" without its end'],
    ['a)', '")" without its beginning'],
    ['a\\', 'it ends too early'],
  ])('refuses %s and says why', (pattern, why) => {
    expect(() => rustPattern({ Regex: pattern })).toThrow(UnsupportedFeature);
    expect(() => rustPattern({ Regex: pattern })).toThrow(`the pattern ${JSON.stringify(pattern)} (${why}`);
  });

  it.each([[{ String: '' }], [{ Regex: 5 }], [undefined], ['a']])('refuses %j', (pattern) => {
    expect(() => rustPattern(pattern)).toThrow(UnsupportedFeature);
  });
});
