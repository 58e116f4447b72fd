import { describe, expect, it } from 'vitest';
import { splitFiles, splitNames, splitsBelow } from './split-files.js';

/** As of `HuggingFaceH4/ultrafeedback_binarized`. */
const ULTRA_FEEDBACK = ['test_gen', 'test_prefs', 'test_sft', 'train_gen', 'train_prefs', 'train_sft'].map(
  (split) => `data/${split}-00000-of-00001.parquet`,
);

describe('splitFiles', () => {
  it.each([
    ['train.jsonl', 'train'],
    ['train.jsonl.gz', 'train'],
    ['data/train-00000-of-00002.parquet', 'train'],
    ['data/train-00000-of-00002-6ce2c9a0f3a2b5c1.parquet', 'train'],
    ['data/train_prefs-00000-of-00001.parquet', 'train_prefs'],
    ['data/train.clean.100-00000-of-00001.parquet', 'train.clean.100'],
    ['train-clean-100.parquet', 'train-clean-100'],
    ['train_1.csv', 'train'],
    ['default/train/0000.parquet', 'train'],
    ['default/partial-train/0000.parquet', 'train'],
    ['default/csv-train-00000-of-00002.parquet', 'train'],
    ['tldr-train.jsonl', 'train'],
    ['tldr_train.jsonl', 'train'],
    ['train (old).jsonl', 'train (old)'],
  ])('takes %s for split %s', (path, split) => {
    expect(splitFiles([path], split).files).toEqual([path]);
  });

  it.each([
    ['data/train_sft-00000-of-00001.parquet', 'train'],
    ['data/train_sft-00000-of-00001.parquet', 'sft'],
    ['default/train_sft/0000.parquet', 'train'],
    ['data/training-00000-of-00001.parquet', 'train'],
    ['constraints.jsonl', 'train'],
    ['tra1n.jsonl', 'tra.n'],
  ])('does not take %s for split %s', (path, split) => {
    expect(splitFiles([path], split)).toEqual({ files: [], names: [] });
  });

  it('takes no split whose name only begins with the one that is asked for', () => {
    expect(splitFiles(ULTRA_FEEDBACK, 'train')).toEqual({ files: [], names: [] });
    expect(splitFiles(ULTRA_FEEDBACK, 'train_prefs').files).toEqual([
      'data/train_prefs-00000-of-00001.parquet',
    ]);
    expect(splitNames(ULTRA_FEEDBACK)).toEqual([
      ...['test_gen', 'test_prefs', 'test_sft', 'train_gen', 'train_prefs', 'train_sft'],
    ]);
  });

  it('prefers the exact name to names that have it as a word', () => {
    expect(splitFiles(['train.jsonl', 'tldr_train.jsonl', 'train-extra.jsonl'], 'train')).toEqual({
      files: ['train.jsonl'],
      names: ['train'],
    });
  });

  it('says which names have the word where several do', () => {
    expect(
      splitFiles(['train-en-0.jsonl', 'train-en-1.jsonl', 'train_de.jsonl', 'test.jsonl'], 'train'),
    ).toEqual({
      files: ['train-en-0.jsonl', 'train-en-1.jsonl', 'train_de.jsonl'],
      names: ['train-en', 'train_de'],
    });
  });
});

describe('splitsBelow', () => {
  it.each([
    [['helpful/train.jsonl.gz', 'helpful/test.jsonl.gz'], 'helpful', ['test', 'train']],
    [['a/train_prefs-0-of-1.parquet', 'a/test_prefs-0-of-1.parquet'], 'a', ['test_prefs', 'train_prefs']],
    [['a/train/0.parquet', 'a/dev/0.parquet'], 'a', ['dev', 'train']],
  ])('finds the splits of %j in %s', (paths, folder, splits) => {
    expect(splitsBelow(paths, folder)).toEqual(splits);
  });

  it.each([
    [['train/0.parquet', 'train/1.parquet'], 'train'],
    [['train/books.jsonl', 'train/letters.jsonl'], 'train'],
    [['test/train/0.parquet', 'dev/train/0.parquet'], 'train'],
    [['a/train.jsonl', 'a/extra.jsonl'], 'a'],
    [['train-0-of-2.parquet', 'train-1-of-2.parquet'], 'train'],
  ])('finds none of %j in %s', (paths, folder) => {
    expect(splitsBelow(paths, folder)).toEqual([]);
  });
});

describe('splitNames', () => {
  it('looks at folders where files have but a number', () => {
    const paths = ['default/test/0000.parquet', 'default/train/part-1.parquet', 'dev.csv', '0.csv'];
    expect(splitNames(paths)).toEqual(['0.csv', 'dev', 'test', 'train']);
  });
});
