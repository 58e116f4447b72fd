import { expect, test } from 'vitest';
import { inOrder, packageGraph, withoutImplied } from './package-graph.js';

const graph = packageGraph({
  modules: [
    { source: 'packages/cli', dependencies: [{ resolved: 'packages/trainer' }, { resolved: 'packages/kl' }] },
    {
      source: 'packages/trainer',
      dependencies: [{ resolved: 'packages/kl' }, { resolved: 'packages/data' }],
    },
    { source: 'packages/kl', dependencies: [] },
    { source: 'packages/data', dependencies: [] },
    { source: 'packages/alone', dependencies: [] },
  ],
});

test('a package comes after those that it imports', () => {
  expect(inOrder(graph)).toEqual(['alone', 'data', 'kl', 'trainer', 'cli']);
});

test('imports that follow from others are left out, and nothing else', () => {
  expect([...withoutImplied(graph)].map(([name, uses]) => [name, [...uses]])).toEqual([
    ['cli', ['trainer']],
    ['trainer', ['data', 'kl']],
    ['kl', []],
    ['data', []],
    ['alone', []],
  ]);
});
