import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { runProgram } from './program.js';

/** More than a thread tokenizes at once, so that two threads share the work. */
const COUNT = 2100;
/** Threads start from built files, so what needs two of them runs the built command; `pnpm test` builds it. */
const built = fileURLToPath(new URL('../dist/bin.js', import.meta.url));
const tokenizer = fileURLToPath(new URL('../../data/fixtures', import.meta.url));

let root: string;
let out: string;
let err: string;

const at = (...parts: string[]): string => join(root, ...parts);
const lines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const post = (id: number, fields: object = {}) => ({
  id: `post-${id}`,
  subreddit: 'cooking',
  title: `Soup ${id}`,
  post: `I made soup number ${id}.\nIt was fine.`,
  summary: `Made soup ${id}.`,
  ...fields,
});

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ais-data-commands-'));
  const posts = Array.from({ length: COUNT }, (_, id) => post(id));
  writeFileSync(at('posts.jsonl'), lines(posts));
  const faulty = [post(1), post(2, { post: 7 }), post(1), post(3, { summary: ' ' }), post(4)];
  writeFileSync(at('faulty.jsonl'), `${lines(faulty)}{"id": \n`);
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Runs `ais data …`, expecting a status, and returns the object it prints. */
async function answer(status: number, ...argv: string[]) {
  out = '';
  expect(await runProgram(['data', ...argv, '--json']), err).toBe(status);
  return JSON.parse(out);
}

const build = (source: string, folder: string, ...more: string[]): string[] => [
  ...['build', '--source', at(source), '--tokenizer', tokenizer, '--out', at(folder)],
  ...['--threads', '1', ...more],
];

function filesOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length), readFileSync(path, 'base64')];
    }),
  );
}

describe('ais data build and inspect', () => {
  test('build writes a set, and the same input gives the same bytes', async () => {
    const { manifest, directory } = await answer(0, ...build('posts.jsonl', 'one'));
    expect(directory).toBe(at('one'));
    expect(manifest).toMatchObject({
      records: COUNT,
      dropped: {},
      leaks: [],
      source: { name: at('posts.jsonl'), records: COUNT, skipped: 0 },
    });
    const files = filesOf(at('one'));
    expect(Object.keys(files).sort()).toEqual([
      '/dropped.jsonl',
      '/manifest.json',
      '/test.arrow',
      '/tokenizer/tokenizer.json',
      '/tokenizer/tokenizer_config.json',
      '/train.arrow',
      '/validation.arrow',
    ]);
    await answer(0, ...build('posts.jsonl', 'again'));
    expect(filesOf(at('again'))).toEqual(files);
  });

  test.skipIf(!existsSync(built))('two threads give the bytes of one', () => {
    const argv = ['data', ...build('posts.jsonl', 'two', '--threads', '2'), '--json'];
    const printed = execFileSync(process.execPath, [built, ...argv], { stdio: ['ignore', 'pipe', 'ignore'] });
    expect(JSON.parse(printed.toString()).manifest.records).toBe(COUNT);
    expect(filesOf(at('two'))).toEqual(filesOf(at('one')));
  });

  test('inspect shows examples as one object, as text, and as a page', async () => {
    const { manifest, examples, dropped } = await answer(0, 'inspect', at('one'), '--examples', '1');
    expect(manifest.records).toBe(COUNT);
    expect(dropped).toEqual([]);
    expect(examples.map(({ split }: { split: string }) => split)).toEqual(['train', 'validation', 'test']);
    const [{ id, parts }] = examples;
    const [prompt, response] = parts;
    expect([prompt.name, prompt.trained, response.name, response.trained]).toEqual([
      ...['prompt', false],
      ...['response', true],
    ]);
    const number = id.replace('post-', '');
    expect(prompt.tokens.join('')).toContain(`POST: I made soup number ${number}.`);
    expect(response.tokens.join('')).toContain(` Made soup ${number}.`);

    out = '';
    expect(await runProgram(['data', 'inspect', at('one'), '--no-color'])).toBe(0);
    // Tokens are set apart by dots.
    expect(out.replaceAll('·', '')).toContain('I made soup number');
    out = '';
    expect(await runProgram(['data', 'inspect', at('one'), '--html', at('page.html')])).toBe(0);
    expect(out).toBe(`${at('page.html')}\n`);
    const page = readFileSync(at('page.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>/i);
    expect(page.replaceAll(/<[^>]*>/g, '')).toContain('I made soup number');
  });

  test('--on-error stop ends at the first malformed row with status 1; skip counts them', async () => {
    const { error } = await answer(1, ...build('faulty.jsonl', 'stopped', '--on-error', 'stop'));
    expect(error.name).toBe('DataError');
    expect(error.message).toMatch(/faulty\.jsonl, line 2.*post.*a number where a string is due/);
    expect(err).toContain(`error: ${error.message}`);
    expect(existsSync(at('stopped', 'manifest.json'))).toBe(false);

    const { manifest } = await answer(0, ...build('faulty.jsonl', 'skipped', '--on-error', 'skip'));
    expect(manifest).toMatchObject({
      records: 2,
      dropped: { 'empty-response': 1 },
      source: {
        records: 3,
        skipped: 3,
        faults: { 'wrong-type': 1, 'duplicate-id': 1, 'not-json': 1 },
      },
    });
    expect(manifest.source.faultExamples).toHaveLength(3);
    const { dropped } = await answer(0, 'inspect', at('skipped'));
    expect(dropped).toEqual([{ id: 'post-3', reason: 'empty-response', detail: 'the summary is empty' }]);
  });

  test('options from a file count less than flags', async () => {
    writeFileSync(at('build.json'), JSON.stringify({ source: at('posts.jsonl'), limit: 5, seed: 3 }));
    const { manifest } = await answer(
      0,
      ...['build', '--config', at('build.json'), '--limit', '7', '--tokenizer', tokenizer],
      ...['--out', at('configured'), '--threads', '1', '--splits', 'train=1'],
    );
    expect(manifest).toMatchObject({ records: 7, settings: { limit: 7, seed: 3, splits: { train: 1 } } });
  });

  test.each([
    [['build', '--out', 'x'], /--source is needed/],
    [['build', '--source', 'synthetic'], /--out is needed/],
    [['build', '--source', 'novel.txt', '--out', 'x'], /no source "novel\.txt".*\.jsonl/],
    [['build', '--source', 'debian', '--kind', 'comparisons', '--out', 'x'], /debian has summaries/],
    [['build', '--source', 'synthetic', '--out', 'x', '--on-error', 'cry'], /'cry'[\s\S]*stop, skip/],
    [['build', '--source', 'synthetic', '--out', 'x', '--splits', 'train'], /name=value/],
    [['build', '--source', 'synthetic', '--out', 'x', '--limit', 'few'], /whole number/],
    [['build', '--config', 'no-such-file.json'], /no-such-file\.json cannot be read/],
    [['inspect'], /missing required argument 'folder'/],
    [['inspect', 'x', '--examples', 'all'], /whole number/],
  ])('ais data %s: status 2, and what is wrong', async (argv, message) => {
    expect(await runProgram(['data', ...argv])).toBe(2);
    expect(err).toMatch(message);
    expect(existsSync('x')).toBe(false);
  });

  test('a folder that holds no prepared set, or one already, ends with status 1', async () => {
    expect((await answer(1, 'inspect', root)).error.message).toMatch(/holds no prepared data set/);
    expect((await answer(1, ...build('posts.jsonl', 'one'))).error.message).toMatch(/holds a prepared/);
  });
});
