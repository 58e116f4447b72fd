import { describe, expect, test } from 'vitest';
import { type ProseResponse, proseScore, typicalProse } from './prose-score.js';

const source = 'NAME: libsoup SYNOPSIS: library for reading and writing images in several formats';
const good =
  'Libsoup is a library for reading and writing images. It supports many formats and is written in C.';
const references: ProseResponse[] = [
  [good, -3.1],
  ['This library reads images in several formats. Programs use it to write them again.', -2.6],
  ['A small library with which images are read and written in several formats, on all platforms.', -3.4],
].map(([response, logProbPerToken]) => ({ source, response, logProbPerToken }) as ProseResponse);
const typical = typicalProse(references);
const score = (response: string, logProbPerToken: number) =>
  proseScore({ source, response, logProbPerToken }, typical);

describe('proseScore', () => {
  test.each([
    ['nothing', '', -3],
    ['a word that is none', 'eraaaa', -9],
    ['that word again and again', 'eraaaa eraaaa eraaaa eraaaa eraaaa eraaaa eraaaa eraaaa eraaaa', -4],
    [
      'one likely phrase again and again',
      'it is a library and it is a library and it is a library and it is',
      -0.5,
    ],
    [
      'the words of the source in disorder',
      'formats images writing library several reading libsoup images',
      -8,
    ],
    [
      'likely prose about something else',
      'This package contains the documentation. It can be removed at any time.',
      -1.5,
    ],
    ['the source word by word, which covers all of it', source, -3],
    ['far too much', Array(12).fill(good).join(' '), -2],
  ])('%s scores below what people write', (_, response, logProb) => {
    for (const reference of references) {
      expect(score(response, logProb)).toBeLessThan(proseScore(reference, typical));
    }
  });

  test('is at most 4, and asks for no more of the source than a typical response has', () => {
    expect(score(good, -3)).toBe(4);
    const long = Array.from({ length: 200 }, (_, index) => `word${index}`).join(' ');
    const few =
      'word1 word2 word3 word4 word5 word6 is what this long text about these words begins with today';
    expect(proseScore({ source: long, response: few, logProbPerToken: -3 }, typical)).toBe(4);
  });

  test('falls with every fault alone', () => {
    expect(score(good, -9)).toBeLessThan(score(good, -3));
    expect(score(`${good} ${good}`, -3)).toBeLessThan(score(good, -3));
    expect(score(good.replace(/library|reading|writing|images/g, 'thing'), -3)).toBeLessThan(4);
    expect(score('library images', -3)).toBeLessThan(score(good, -3));
  });

  test('needs two references', () => {
    expect(() => typicalProse(references.slice(1, 2))).toThrow(/at least two references, got 1/);
  });
});
