import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shellWord } from './shell-word.js';

test.each([
  ['runs/a-1', 'runs/a-1'],
  ['./judge.mjs#mine', './judge.mjs#mine'],
  ['#first', "'#first'"],
  ['my runs/a', "'my runs/a'"],
  ["it's", `'it'\\''s'`],
  ['*.jsonl', "'*.jsonl'"],
  ['~', "'~'"],
  ['', "''"],
])('%j is %s', (text, word) => {
  expect(shellWord(text)).toBe(word);
});

test('a shell reads every text as it was', () => {
  const text = fc.string({ unit: 'binary', maxLength: 30 }).map((given) => given.replaceAll('\0', ''));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (words) => {
      const line = `printf '%s\\0' ${words.map(shellWord).join(' ')}`;
      const read = execFileSync('sh', ['-c', line], { encoding: 'utf8' }).split('\0').slice(0, -1);
      expect(read).toEqual(words.map((word) => Buffer.from(word).toString()));
    }),
    { numRuns: 20 },
  );
});
