import { describe, expect, it } from 'vitest';
import { csvRows } from '../formats/csv-rows.js';
import { jsonRows } from '../formats/json-rows.js';
import { jsonlRows } from '../formats/jsonl-rows.js';
import { inspectPrepared } from '../prepared/inspect-prepared.js';
import { inspectSource } from '../prepared/inspect-source.js';
import { debianSource } from '../sources/debian-source.js';
import { openSource } from '../sources/open-source.js';
import { sourceTexts } from '../sources/source-texts.js';
import { syntheticSource } from '../sources/synthetic-source.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { collectRecords } from './collect-records.js';
import { firstExamples } from './examples.js';
import { holdOut } from './hold-out.js';
import { requireInteger, requireOneOf } from './require-option.js';

describe('requireOneOf', () => {
  it('takes the words, and shows any other value', () => {
    expect(() => requireOneOf('x', 'drop', ['cut', 'drop'])).not.toThrow();
    for (const [value, shown] of [
      ['chop', '"chop"'],
      [1, '1'],
      [undefined, 'undefined'],
      [null, 'null'],
      [['cut'], '["cut"]'],
    ]) {
      expect(() => requireOneOf('x', value, ['cut', 'drop'])).toThrow(
        expect.objectContaining({
          code: 'invalid-option',
          message: `@ais/data: x must be 'cut' or 'drop', got ${shown}.`,
        }),
      );
    }
  });
});

describe('requireInteger', () => {
  it('takes integers from the least one on, and shows any other value', () => {
    expect(() => requireInteger('x', 0, 0)).not.toThrow();
    for (const [value, shown] of [
      [0, '0'],
      ['1', '"1"'],
      [1.5, '1.5'],
      [Number.POSITIVE_INFINITY, 'Infinity'],
      [Number.NaN, 'NaN'],
      [{ a: 1 }, '{"a":1}'],
    ]) {
      expect(() => requireInteger('x', value, 1)).toThrow(
        expect.objectContaining({
          code: 'invalid-option',
          message: `@ais/data: x must be an integer ≥ 1, got ${shown}.`,
        }),
      );
    }
  });
});

describe('a most of something', () => {
  const noMost = [Number.NaN, 0.5, -1];
  const refused = (name: string): unknown =>
    expect.objectContaining({
      code: 'invalid-option',
      message: expect.stringContaining(`${name} must be an integer ≥ 0, got `),
    });

  it.each(noMost)('is never %s', async (value) => {
    const source = syntheticSource({ seed: 1, count: 3 });
    const opened = openSource('synthetic', { count: 3 });
    await expect(collectRecords(source, { limit: value })).rejects.toThrow(refused('collectRecords: limit'));
    await expect(sourceTexts(opened, { limit: value }).next()).rejects.toThrow(refused('sourceTexts: limit'));
    expect(() => firstExamples([1, 2], value)).toThrow(refused('firstExamples: count'));
    expect(() => holdOut([1, 2], String as never, value, 1)).toThrow(refused('holdOut: wanted'));
    expect(() => debianSource({ minimumPostLength: value })).toThrow(refused('minimumPostLength'));
    for (const rows of [jsonlRows, jsonRows, csvRows]) {
      expect(() => rows('none', { maxLineBytes: value })).toThrow(refused('maxLineBytes'));
    }
    for (const name of ['examples', 'dropped'] as const) {
      await expect(inspectPrepared('none', { [name]: value })).rejects.toThrow(refused(name));
      await expect(inspectSource(opened, {} as Tokenizer, { [name]: value })).rejects.toThrow(refused(name));
    }
  });

  it('may be none at all, or no limit', async () => {
    const source = syntheticSource({ seed: 1, count: 3 });
    expect(await collectRecords(source, { limit: 0 })).toEqual([]);
    expect(await collectRecords(source, { limit: Number.POSITIVE_INFINITY })).toHaveLength(3);
  });
});
