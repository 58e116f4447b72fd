import { expect, test } from 'vitest';
import { promptOpenings } from './prompt-openings.js';

test('prompts are told apart by what follows the lines that they share', () => {
  const chat = (request: string): string => `<system>\nYou help.\n<user>\n${request}\nEnd.`;
  expect(promptOpenings([chat('Name: A\nKind: pub'), chat('Name: B\nKind: bar')], 12)).toEqual([
    '…Name: A Kind…',
    '…Name: B Kind…',
  ]);
});

test('prompts without a shared line, one alone, and equal ones are shown from their beginning', () => {
  expect(promptOpenings(['This is one.', 'This is two.'], 100)).toEqual(['This is one.', 'This is two.']);
  expect(promptOpenings(['a\nb'], 100)).toEqual(['a b']);
  expect(promptOpenings(['a\nb', 'a\nb'], 100)).toEqual(['a b', 'a b']);
  expect(promptOpenings([], 100)).toEqual([]);
});
