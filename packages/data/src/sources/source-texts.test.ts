import { expect, it } from 'vitest';
import { DataError } from '../errors.js';
import type { ComparisonRecord, OpenedSource, TextRecord } from '../records/record.js';
import { sourceTexts } from './source-texts.js';

const text: TextRecord = { id: '1', prompt: 'a', response: 'b' };
const pair: ComparisonRecord = { id: '1', prompt: 'a', chosen: 'b', rejected: 'c' };

async function* thenFails<R>(record: R): AsyncGenerator<R> {
  yield record;
  throw new DataError('invalid-record', 'a faulty row');
}

async function read(source: OpenedSource, limit: number): Promise<string[]> {
  const texts: string[] = [];
  for await (const found of sourceTexts(source, { limit })) texts.push(found);
  return texts;
}

it.each<[OpenedSource, string]>([
  [{ kind: 'text', source: { name: 'texts', records: () => thenFails(text) } }, 'ab'],
  [{ kind: 'comparisons', source: { name: 'pairs', records: () => thenFails(pair) } }, 'ab\nc'],
])('reads no row behind the limit: %j', async (source, first) => {
  expect(await read(source, 1)).toEqual([first]);
  expect(await read(source, 0)).toEqual([]);
  await expect(read(source, 2)).rejects.toThrow('a faulty row');
});
