import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataError } from '../errors.js';
import { collectRecords } from '../records/collect-records.js';
import { textSource } from '../sources/text-source.js';
import { parsePrompt } from '../templates/tldr.js';
import { jsonlRows, type TextRowsOptions } from './jsonl-rows.js';

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-data-jsonl-'));
});
afterAll(() => rm(scratch, { recursive: true }));

const source = (file: string, options: TextRowsOptions = {}) => textSource(jsonlRows(file, options));
const good = { id: 'r1', subreddit: 'cooking', title: 'Soup', post: 'I made\nsoup.', summary: 'Made soup.' };
const line = (changes: object = {}): string => JSON.stringify({ ...good, ...changes });
async function read(content: string | Uint8Array) {
  const file = join(scratch, 'posts.jsonl');
  await writeFile(file, content);
  return collectRecords(source(file));
}

describe('jsonlRows', () => {
  it('reads what was written, whatever the characters', async () => {
    const text = fc.string({ unit: 'binary' });
    const record = fc.record({
      subreddit: text,
      title: text,
      post: text.filter((post) => post.trim() !== ''),
      summary: text,
      family: text.filter((family) => family !== ''),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 5 }),
        fc.constantFrom('\n', '\r\n'),
        async (list, end) => {
          const records = list.map((fields, index) => ({ id: `r${index}`, ...fields }));
          const found = await read(records.map((value) => JSON.stringify(value) + end).join(''));
          expect(found).toEqual(
            records.map(({ id, subreddit, title, post, summary, family }) => {
              const head = `SUBREDDIT: r/${subreddit}\n\nTITLE: ${title}\n\nPOST: `;
              return {
                id,
                prompt: `${head}${post}\n\nTL;DR:`,
                cut: [head.length, head.length + post.length],
                response: ` ${summary.trim()}`,
                family,
              };
            }),
          );
          expect(found.map(({ place }) => place?.line)).toEqual(records.map((_, index) => index + 1));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('takes numbers as ids, and line numbers where there is none', async () => {
    const records = await read([line({ id: 7 }), line({ id: undefined }), line({ other: [] })].join('\n'));
    expect(records.map(({ id }) => id)).toEqual(['7', '2', 'r1']);
  });

  it('reads lines longer than its chunks, a byte-order mark, and empty lines at the end', async () => {
    const [record] = await read(`\uFEFF${line({ post: 'é🙂'.repeat(400_000) })}\n\n \n`);
    expect(parsePrompt(record?.prompt ?? '')?.post.length).toBe(1_200_000);
    expect(await read('')).toEqual([]);
  });

  it.each([
    ['no JSON', '{"id": ', undefined, 'not JSON'],
    ['a number', '7', undefined, 'not a JSON object'],
    ['a list', '[]', undefined, 'not a JSON object'],
    ['null', 'null', undefined, 'not a JSON object'],
    ['a missing field', line({ summary: undefined }), 'summary', 'is missing'],
    ['a field of another type', line({ title: 5 }), 'title', 'expected a string, got a number'],
    ['a null field', line({ post: null }), 'post', 'null'],
    ['an id of another type', line({ id: {} }), 'id', 'an object'],
    ['an empty id', line({ id: '' }), 'id', 'empty'],
    ['an empty post', line({ post: ' \n' }), 'post', 'empty'],
    ['half a surrogate pair', line({ summary: '\uD83D' }), 'summary', 'surrogate'],
    ['a repeated id', line({ id: 'first' }), 'id', 'line 1'],
    ['an empty line before a record', `\n${line()}`, undefined, 'empty'],
  ])('stops at %s, and says where', async (_, content, field, message) => {
    const error = await read(`${line({ id: 'first' })}\n${content}\n`).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ code: 'invalid-record', place: { line: 2 } });
    const { message: text, place } = error as DataError;
    expect(place.field).toBe(field);
    expect(text).toContain('posts.jsonl, line 2');
    expect(text).toContain(message);
    expect(text).toMatch(/Repair|Remove|Fill|Give/i);
  });

  it('stops at bytes that are no UTF-8', async () => {
    const bytes = new TextEncoder().encode(line());
    bytes[bytes.indexOf(0x53)] = 0xff;
    await expect(read(bytes)).rejects.toThrow(/line 1: this is not UTF-8/);
  });

  it('says that a file is not there', async () => {
    const missing = source(join(scratch, 'missing.jsonl'));
    expect(missing.name).toContain('missing.jsonl');
    await expect(collectRecords(missing)).rejects.toMatchObject({ code: 'file-unreadable' });
  });

  it('yields the records before a broken line', async () => {
    const file = join(scratch, 'half.jsonl');
    await writeFile(file, `${line()}\n{\n`);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { id } of source(file, { name: 'half' }).records()) seen.push(id);
    })();
    await expect(reading).rejects.toThrow(/line 2/);
    expect(seen).toEqual(['r1']);
  });
});
