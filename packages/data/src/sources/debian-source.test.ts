import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectRecords } from '../records/collect-records.js';
import { splitRecords } from '../records/split-records.js';
import { parsePrompt } from '../templates/tldr.js';
import { type DebianSourceOptions, debianSource } from './debian-source.js';

const TRANSLATION = `Package: soup
Description-md5: 00
Description-en: cooks soup
 Soup is a program that cooks soup from what
 the pantry holds.
 .
 It knows:
  * carrots;
  * leeks.
 Salt is up to you.

Package: libsoup-dev
Description-md5: 01
Description-en: cooks soup - development
 Soup is a program that cooks soup from what
 the pantry holds.
 .
 These are the headers.

Package: short
Description-md5: 02
Description-en: short one
 Short.

Package: bare
Description-md5: 03
Description-en: only a synopsis

Package: orphan
Description-en: has no entry among the packages
 This one, whose naïve description is in UTF-8, is not in the list of packages at all.
`;
const PACKAGES = `Package: soup
Version: 1
Section: utils

Package: libsoup-dev
Source: soup (1.2)
Section: non-free/libdevel
`;

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-data-debian-'));
  await writeFile(join(scratch, 'mirror_dists_main_i18n_Translation-en'), TRANSLATION);
  await writeFile(join(scratch, 'mirror_dists_updates_i18n_Translation-en'), TRANSLATION);
  await writeFile(
    join(scratch, 'mirror_dists_main_i18n_Translation-de'),
    'Package: x\nDescription-de: y\n z\n',
  );
  await writeFile(join(scratch, 'mirror_dists_main_binary-amd64_Packages'), PACKAGES);
});
afterAll(() => rm(scratch, { recursive: true }));

const posts = async (options: DebianSourceOptions) => {
  const records = await collectRecords(debianSource(options));
  return records.map(({ prompt, cut, ...record }) => {
    expect(prompt.slice(...(cut ?? []))).toBe(parsePrompt(prompt)?.post);
    return { ...record, title: '', post: '', ...parsePrompt(prompt) };
  });
};
const collect = (options: DebianSourceOptions = {}) =>
  posts({ listsDirectory: scratch, minimumPostLength: 10, ...options });

describe('debianSource', () => {
  it('makes records of descriptions, each package once', async () => {
    const records = await collect();
    expect(records.map(({ title }) => title)).toEqual(['soup', 'libsoup-dev', 'orphan']);
    expect(records[0]).toEqual({
      id: 'debian-soup',
      subreddit: 'utils',
      title: 'soup',
      post: 'Soup is a program that cooks soup from what the pantry holds.\nIt knows:\n* carrots;\n* leeks.\nSalt is up to you.',
      response: ' cooks soup',
      family: 'soup',
    });
    expect(records[1]).toMatchObject({ subreddit: 'libdevel', family: 'soup' });
    expect(records[2]).toMatchObject({
      subreddit: 'misc',
      family: 'orphan',
      post: expect.stringContaining('naïve'),
    });
  });

  it('leaves out short posts, 80 characters by default', async () => {
    const lengths = async (minimumPostLength: number) =>
      (await collect({ minimumPostLength })).map(({ post }) => post.length);
    const [all, some] = [await lengths(1), await lengths(86)];
    expect(all.length).toBe(4);
    expect(some).toEqual(all.filter((length) => length >= 86));
    const standard = await posts({ listsDirectory: scratch });
    expect(standard.map(({ post }) => post.length)).toEqual(all.filter((length) => length > 80));
  });

  it('keeps one of those that start alike where asked', async () => {
    expect((await collect({ deduplicatePrefix: 60 })).map(({ title }) => title)).toEqual(['soup', 'orphan']);
    expect((await collect({ deduplicatePrefix: 90 })).length).toBe(3);
    expect(() => debianSource({ deduplicatePrefix: 0 })).toThrow(/deduplicatePrefix/);
  });

  it('lets the packages of one source stay together', async () => {
    const records = await collectRecords(debianSource({ listsDirectory: scratch, minimumPostLength: 10 }));
    for (let seed = 0; seed < 20; seed++) {
      const { a, b } = splitRecords(records, { fractions: { a: 0.5, b: 0.5 }, seed });
      const hasBoth = [a, b].some((side) => side.filter(({ family }) => family === 'soup').length === 2);
      expect(hasBoth).toBe(true);
    }
  });

  it('reads compressed lists through apt-helper', async () => {
    const directory = join(scratch, 'compressed');
    await mkdir(directory);
    await writeFile(join(directory, 'mirror_Translation-en.gz'), gzipSync(TRANSLATION));
    const aptHelper = join(directory, 'apt-helper');
    await writeFile(aptHelper, '#!/bin/sh\n[ "$1" = cat-file ] && exec gzip -dc "$2"\n');
    await chmod(aptHelper, 0o755);
    const titles = (await collect({ listsDirectory: directory, aptHelper })).map(({ title }) => title);
    expect(titles).toEqual(['soup', 'libsoup-dev', 'orphan']);

    await writeFile(join(directory, 'mirror_Translation-en.gz'), 'no gzip');
    await expect(collect({ listsDirectory: directory, aptHelper })).rejects.toMatchObject({
      code: 'corpus-unreadable',
      message: expect.stringContaining('Translation-en.gz'),
    });
    await expect(collect({ listsDirectory: directory, aptHelper: '/none' })).rejects.toMatchObject({
      code: 'corpus-unreadable',
    });
  });

  it('reads the release, not what changes daily, unless there is nothing else', async () => {
    const listsDirectory = join(scratch, 'suites');
    await mkdir(listsDirectory);
    const write = (suite: string, name: string) =>
      writeFile(
        join(listsDirectory, `mirror_debian_dists_${suite}_main_i18n_Translation-en`),
        `Package: ${name}\nDescription-en: of ${suite}\n It is described at some length.\n`,
      );
    const titles = async () => (await collect({ listsDirectory })).map(({ title }) => title);
    await write('bookworm-security', 'fixed');
    await write('bookworm-updates', 'updated');
    expect(await titles()).toEqual(['fixed', 'updated']);
    await write('bookworm', 'released');
    await write('bookworm-backports', 'ported');
    await write('buster_updates', 'old');
    await write('jammy-proposed', 'proposed');
    expect(await titles()).toEqual(['released']);
  });

  it('says which command brings the corpus', async () => {
    const empty = join(scratch, 'empty');
    await mkdir(empty);
    for (const listsDirectory of [empty, join(scratch, 'none')]) {
      await expect(collect({ listsDirectory })).rejects.toMatchObject({
        code: 'corpus-absent',
        message: expect.stringContaining('apt-get update -o Acquire::Languages=en'),
      });
    }
  });

  it('refuses a list with a paragraph that does not end', async () => {
    const listsDirectory = join(scratch, 'endless');
    await mkdir(listsDirectory);
    const endless = `Package: soup\nDescription-en: cooks\n${' soup\n'.repeat(1_000_000)}`;
    await writeFile(join(listsDirectory, 'x_Translation-en'), endless);
    await expect(collect({ listsDirectory })).rejects.toMatchObject({
      code: 'corpus-unreadable',
      message: expect.stringContaining('a paragraph has more than 4194304 characters'),
    });
  });

  it('can be left early and read again', async () => {
    const source = debianSource({ listsDirectory: scratch, minimumPostLength: 10 });
    expect((await collectRecords(source, { limit: 1 })).map(({ id }) => id)).toEqual(['debian-soup']);
    expect(await collectRecords(source, { limit: 0 })).toEqual([]);
    expect((await collectRecords(source)).length).toBe(3);
  });
});
