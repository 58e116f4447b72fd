import { describe, expect, it } from 'vitest';
import { namedSplit } from './named-split.js';

describe('namedSplit', () => {
  it.each([
    ['owner/name', { dataset: 'owner/name' }],
    ['owner/name:train_prefs', { dataset: 'owner/name', split: 'train_prefs' }],
    ['owner/name:comparisons/train', { dataset: 'owner/name', configuration: 'comparisons', split: 'train' }],
    ['data/saved:test', { dataset: 'data/saved', split: 'test' }],
    ['C:\\data\\saved', { dataset: 'C:\\data\\saved' }],
    ['C:\\data\\saved:test', { dataset: 'C:\\data\\saved', split: 'test' }],
    ['owner/name:', { dataset: 'owner/name:' }],
    ['owner/name:a/b/c', { dataset: 'owner/name:a/b/c' }],
  ])('reads %j', (name, expected) => {
    expect(namedSplit(name)).toEqual(expected);
  });
});
