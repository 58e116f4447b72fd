import { expect, test } from 'vitest';
import { contentHash } from '../records/content-hash.js';
import { HashTable, hashWords } from './hash-table.js';

const put = (table: HashTable, hash: string, value: number): number | undefined =>
  table.putIfAbsent(Uint32Array.from([0, ...hashWords(hash)]), 1, value);

test('keeps the first value of a hash, however large it grows, until it is cleared', () => {
  const table = new HashTable();
  const hashes = Array.from({ length: 5000 }, (_, index) => contentHash(`text ${index}`));
  for (const [index, hash] of hashes.entries()) expect(put(table, hash, index)).toBeUndefined();
  for (const [index, hash] of hashes.entries()) expect(put(table, hash, 7)).toBe(index);
  expect(table.size).toBe(5000);
  table.clear();
  expect(put(table, hashes[0]!, 7)).toBeUndefined();
  expect(table.size).toBe(1);
});

test('tells hashes apart that differ in one word alone', () => {
  const table = new HashTable();
  const hashes = [0, 1, 2, 3].map((word) => `${'0'.repeat(8 * word + 7)}1${'0'.repeat(24 - 8 * word)}`);
  for (const [index, hash] of hashes.entries()) expect(put(table, hash, index)).toBeUndefined();
  expect(hashes.map((hash) => put(table, hash, 9))).toEqual([0, 1, 2, 3]);
});
