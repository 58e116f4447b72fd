import { expect, it } from 'vitest';
import { comparisonSource } from '../sources/comparison-source.js';
import { labeledSource } from '../sources/labeled-source.js';
import { mixSources } from '../sources/mix-sources.js';
import { sourceTexts } from '../sources/source-texts.js';
import { textSource } from '../sources/text-source.js';
import { collectRecords } from './collect-records.js';
import type { Source } from './record.js';

const returning = (records: unknown) => ({ name: 'mine', records: () => records }) as Source;
const record = { id: '1', prompt: 'Q:', response: ' A.' };

it('takes records in an array', async () => {
  expect(await collectRecords(returning([record]))).toEqual([record]);
  expect(await collectRecords(mixSources([{ source: returning([record]), weight: 1 }]))).toEqual([
    { ...record, id: '1-1' },
  ]);
});

it.each<[unknown, string]>([
  [[record], 'an array'],
  [undefined, 'nothing'],
])('refuses %j as a source', async (source, what) => {
  const refused = {
    code: 'invalid-option',
    message: expect.stringContaining(`expected a source, got ${what}. Give what openSource`),
  };
  await expect(collectRecords(source as Source)).rejects.toMatchObject(refused);
  expect(() => mixSources([{ source: source as Source, weight: 1 }])).toThrow(
    expect.objectContaining(refused),
  );
});

it('refuses rows that are in an array', () => {
  for (const sourceOf of [textSource, comparisonSource, labeledSource]) {
    expect(() => sourceOf([{ prompt: 'Q:', response: ' A.' }] as never, {})).toThrow(
      expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringContaining('expected a source of rows, got an array. Give what openRows'),
      }),
    );
  }
});

it.each<[unknown, string]>([
  [Promise.resolve([record]), 'a promise'],
  [undefined, 'nothing'],
  [{}, 'an object'],
])('refuses %s', async (records, what) => {
  const message = `the source mine: records() must return an async iterable, got ${what}. Write it as a generator: async *records()`;
  const source = returning(records);
  await expect(collectRecords(source)).rejects.toThrow(message);
  await expect(collectRecords(mixSources([{ source, weight: 1 }]))).rejects.toThrow(message);
  const texts = sourceTexts({ kind: 'text', source }, { limit: 1 });
  await expect(texts[Symbol.asyncIterator]().next()).rejects.toThrow(message);
});
