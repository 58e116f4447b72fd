import { createRandom } from '@ais/runtime/random';
import { expect, it } from 'vitest';
import { asked, demonstration, END, goldScore, promptText, randomPrompt, responseText } from './letters.js';

// Three letters, each a or c.
const prompt = [1, 3, 12];

it.each([
  ['as many as asked for', [1, 3, 3, END], 0],
  ['one too few', [1, 3, END], -1],
  ['two too many', [1, 3, 3, 1, 1, END], -2],
  ['another letter', [1, 3, 5, END], -1],
  ['nothing', [END], -3],
  ['no end', [1, 3, 3], -1],
  ['a number', [1, 3, 12, END], -1],
])('scores %s', (_, response, score) => {
  expect(goldScore({ prompt, response })).toBe(score);
});

it('asks for two to six letters of two, and demonstrates at most as many', () => {
  const random = createRandom(1, 'test');
  const counts = new Set<number>();
  for (let time = 0; time < 100; time++) {
    const drawn = randomPrompt(random);
    counts.add(asked(drawn));
    expect(drawn[0]).not.toBe(drawn[1]);
    const response = demonstration(drawn, random, 0);
    expect(goldScore({ prompt: drawn, response })).toBe(response.length - 1 - asked(drawn));
    expect(response.length).toBeGreaterThan(1);
  }
  expect([...counts].sort()).toEqual([2, 3, 4, 5, 6]);
  const errs = demonstration(prompt, createRandom(3, 'errs'), 1);
  expect(errs.length).toBeGreaterThan(1);
});

it('writes tokens as a reader sees them', () => {
  expect(promptText(prompt)).toBe('ac × 3');
  expect(responseText([1, 3, END])).toBe('ac');
  expect(responseText([END])).toBe('(nothing)');
  expect(responseText([1, 12])).toBe('a3…');
});
