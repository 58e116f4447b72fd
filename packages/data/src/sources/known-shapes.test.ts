import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { jsonlRows } from '../formats/jsonl-rows.js';
import { parquetRows } from '../formats/parquet-rows.js';
import { collectRecords } from '../records/collect-records.js';
import { createReadReport } from '../records/read-report.js';
import { createTemplate } from '../templates/template.js';
import { tldr } from '../templates/tldr.js';
import { comparisonSource } from './comparison-source.js';
import { textSource } from './text-source.js';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/sources/${name}`, import.meta.url));
const posts = [
  { id: 't3_0', subreddit: 'cooking', title: 'Soup', post: 'I made soup.\n\nIt had too much salt.' },
  {
    id: 't3_1',
    subreddit: 'relationships',
    title: 'My (25M) friend 🙂',
    post: 'He never calls — naïve of me?',
  },
  { id: 't3_2', subreddit: 'tifu', title: 'TIFU by sleeping', post: 'I slept in.\nThe bus had gone.' },
].map((post, index) => ({
  ...post,
  summary: ['Made soup, too salty.', 'Friend never calls.', 'Slept in, missed the bus.'][index] as string,
}));
const prompt = (post: (typeof posts)[number]) => {
  const { text, cut } = tldr.prompt(post);
  return { prompt: text, cut };
};
const records = posts.map((post) => ({ id: post.id, ...prompt(post), response: ` ${post.summary}` }));
const rows = (name: string) =>
  name.endsWith('.parquet') ? parquetRows(fixture(name)) : jsonlRows(fixture(name));

describe.each(['parquet', 'jsonl'])('data sets in their own shapes, %s', (kind) => {
  it.each(['tldr-3-filtered', 'tldr-3-filtered-oai-preprocessing'])('%s', async (name) => {
    expect(await collectRecords(textSource(rows(`${name}.${kind}`)))).toEqual(records);
  });

  it('trl-lib-tldr', async () => {
    const report = createReadReport();
    const found = await collectRecords(textSource(rows(`trl-lib-tldr.${kind}`)), { report });
    expect(found).toEqual(records.map((record, index) => ({ ...record, id: String(index + 1) })));
    expect(report.shapes).toMatchObject([
      { template: tldr, columns: { prompt: 'prompt', completion: 'completion' } },
    ]);
  });

  it.each([
    ['trl-lib-tldr-preference', false],
    ['openai-comparisons', true],
    ['oai-preprocessing-comparisons', true],
  ])('%s', async (name, hasPostIds) => {
    const report = createReadReport();
    const pairs = await collectRecords(comparisonSource(rows(`${name}.${kind}`)), { report });
    expect(pairs).toEqual(
      posts.map((post, index) => ({
        id: String(index + 1),
        ...prompt(post),
        chosen: ` good ${index}`,
        rejected: ` bad ${index}`,
        ...(hasPostIds ? { family: post.id } : {}),
      })),
    );
    const hasNews = name !== 'oai-preprocessing-comparisons';
    expect(report).toMatchObject({ records: 3, skipped: 0, leftOut: hasNews ? { 'cnn-dm': 1 } : {} });
  });

  it.each(['trl-lib-tldr-preference', 'openai-comparisons'])('%s, with news', async (name) => {
    const source = comparisonSource(rows(`${name}.${kind}`), { news: 'keep' });
    expect((await collectRecords(source))[3]).toMatchObject({
      prompt: 'TITLE: Rain\n\nIt rained in the north.\n\nRivers rose.\n\nTL;DR:',
      chosen: ' news good',
      rejected: ' news bad',
    });
  });

  it('columns by hand', async () => {
    const columns = { subreddit: 'info.subreddit', title: 'info.title', post: 'info.post', summary: 'batch' };
    const source = textSource(rows(`openai-comparisons.${kind}`), { columns });
    const [first] = await collectRecords(source, { limit: 1 });
    expect(first).toMatchObject({ ...records[0], id: '1', response: ' batch3' });
  });

  it('unknown columns', async () => {
    const reading = collectRecords(textSource(rows(`openai-comparisons.${kind}`)));
    await expect(reading).rejects.toMatchObject({
      code: 'unknown-columns',
      message: expect.stringMatching(
        /"subreddit", "title", "post", "summary";.*found .*"info", "summaries", "choice".*--columns/s,
      ),
    });
  });
});

describe('compressions', () => {
  const versions = ['none', 'snappy', 'gzip', 'zstd', 'brotli'].flatMap((codec) => [
    `posts-${codec}-v1.parquet`,
    `posts-${codec}-v2.parquet`,
  ]);
  it.each([
    ...versions,
    'posts-datasets.parquet',
    'posts.jsonl.gz',
    'posts-members.jsonl.gz',
    'posts.jsonl.zst',
    'posts-frames.jsonl.zst',
  ])('reads %s', async (name) => {
    expect(await collectRecords(textSource(rows(name)))).toEqual(records);
  });
});

describe('Parquet with text that is no UTF-8', () => {
  const source = textSource(rows('posts-not-utf8.parquet'));

  it('stops with file, row and field', async () => {
    await expect(collectRecords(source)).rejects.toMatchObject({
      code: 'invalid-record',
      fault: 'not-utf8',
      place: { file: fixture('posts-not-utf8.parquet'), row: 2, field: 'summary' },
    });
  });

  it('skips and counts', async () => {
    const report = createReadReport();
    const found = await collectRecords(source, { onError: 'skip', report });
    expect(found.map(({ id }) => id)).toEqual(['t3_0', 't3_2']);
    expect(report).toMatchObject({ records: 2, skipped: 1, faults: { 'not-utf8': 1 } });
  });
});

it.each(['prompt', 'comparison'] as const)(
  'a TL;DR template that was saved reads %ss as the built-in one does',
  async (kind) => {
    const saved = createTemplate(JSON.parse(JSON.stringify(tldr)));
    const read = (template: typeof tldr) =>
      kind === 'prompt'
        ? collectRecords<unknown>(textSource(rows('trl-lib-tldr.jsonl'), { template }))
        : collectRecords<unknown>(comparisonSource(rows('trl-lib-tldr-preference.jsonl'), { template }));
    const found = await read(saved);
    expect(found).toEqual(await read(tldr));
    expect(found.length).toBeGreaterThan(0);
  },
);
