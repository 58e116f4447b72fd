import { expect, test } from 'vitest';
import { moduleOf } from './module-name.js';

test.each([
  ['./judge.mjs', 'file', './judge.mjs', 'default'],
  ['/a/judge.cts#strict', 'file', '/a/judge.cts', 'strict'],
  ['C:\\judge.js', 'file', 'C:\\judge.js', 'default'],
  ['judge.tsx', 'file', 'judge.tsx', 'default'],
  ['./judge.js#a\nb', 'file', './judge.js', 'a\nb'],
  ['./c#/judge.js', 'file', './c', '/judge.js'],
  ['judges#strict', 'package', 'judges', 'strict'],
  ['@org/judges/own#$a', 'package', '@org/judges/own', '$a'],
])('%s is a module', (name, kind, module, exported) => {
  expect(moduleOf(name)).toEqual({ kind, module, exported });
});

test.each([
  'oracle',
  'owner/name',
  'runs/reward',
  './runs#1',
  './reward#best',
  'pairs#1.jsonl',
  'judges#a-b',
  'judges#',
  '#judges',
  'Answer in C#',
  'Which is better?\n#summary',
  'openai:small#x',
  'data:text/javascript,1//#x',
  'https://judge.test/#x',
])('%s is something else', (name) => {
  expect(moduleOf(name)).toBeUndefined();
});
