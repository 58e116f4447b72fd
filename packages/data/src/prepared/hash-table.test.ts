import { expect, test } from 'vitest';
import { contentHash } from '../records/content-hash.js';
import { HashTable } from './hash-table.js';

test('keeps the first value of a hash, however large it grows', () => {
  const table = new HashTable();
  const hashes = Array.from({ length: 5000 }, (_, index) => contentHash(`text ${index}`));
  for (const [index, hash] of hashes.entries()) expect(table.putIfAbsent(hash, index)).toBeUndefined();
  for (const [index, hash] of hashes.entries()) expect(table.putIfAbsent(hash, 7)).toBe(index);
  expect(table.size).toBe(5000);
});

test('tells hashes apart that begin alike', () => {
  const table = new HashTable();
  const [first, second] = ['0'.repeat(32), `${'0'.repeat(31)}1`] as const;
  expect(table.putIfAbsent(first, 0)).toBeUndefined();
  expect(table.putIfAbsent(second, 1)).toBeUndefined();
  expect([table.putIfAbsent(first, 2), table.putIfAbsent(second, 2)]).toEqual([0, 1]);
});
