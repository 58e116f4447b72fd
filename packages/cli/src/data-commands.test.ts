import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectRecords, openSource } from '@ais/data';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtProgram } from '../test/built-program.js';
import { capturedOutput } from '../test/captured-output.js';
import { LIBRARY_DEFAULTS } from './commands/data-options.js';
import { runProgram } from './program.js';

/** More than a thread tokenizes at once, so that two threads share the work. */
const COUNT = 2100;
const tokenizer = fileURLToPath(new URL('../../data/fixtures', import.meta.url));

let root: string;
const output = capturedOutput();

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

/** Runs `ais data …`, expecting a status, and returns the object it prints. */
async function answer(status: number, ...argv: string[]) {
  output.out = '';
  expect(await runProgram(['data', ...argv, '--json']), output.err).toBe(status);
  return JSON.parse(output.out);
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

  // Threads start from built files, so what needs two of them runs the built command.
  test.skipIf(!existsSync(builtProgram))('two threads give the bytes of one', () => {
    const argv = ['data', ...build('posts.jsonl', 'two', '--threads', '2'), '--json'];
    const printed = execFileSync(process.execPath, [builtProgram, ...argv], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(JSON.parse(printed.toString()).manifest.records).toBe(COUNT);
    expect(filesOf(at('two'))).toEqual(filesOf(at('one')));
  });

  test('inspect shows of a raw set what build would make of it', async () => {
    const raw = await answer(0, 'inspect', at('faulty.jsonl'), '--tokenizer', tokenizer);
    expect(raw).toMatchObject({
      stage: 'raw',
      dropped: [{ id: 'post-3', reason: 'empty-response' }],
      manifest: { records: 2, source: { skipped: 3 } },
    });
    expect(
      await runProgram(['data', 'inspect', at('faulty.jsonl'), '--tokenizer', tokenizer, '--limit', '1']),
    ).toBe(0);
    expect(output.out).toContain('the first 1 records read');
    expect(await runProgram(['data', 'inspect', at('one'), '--max-prompt-tokens', '9'])).toBe(2);
    expect(output.err).toContain('--max-prompt-tokens is for raw sets');
  });

  test.each(['csv', 'jsonl'])(
    'inspect and build see by its columns that a .%s file has comparisons',
    async (format) => {
      const row = { prompt: 'Soup?', chosen: 'I made soup.', rejected: 'No.' };
      const csv = `${Object.keys(row).join(',')}\n${Object.values(row).join(',')}\n`;
      writeFileSync(at(`compared.${format}`), format === 'csv' ? csv : lines([row]));
      const inspect = ['inspect', at(`compared.${format}`), '--tokenizer', tokenizer];
      const { manifest, examples } = await answer(0, ...inspect);
      expect(manifest.records).toBe(1);
      expect(examples[0].parts.map(({ name }: { name: string }) => name)).toEqual([
        ...['prompt', 'chosen', 'rejected'],
      ]);
      const built = await answer(
        0,
        ...build(`compared.${format}`, `compared-${format}`, '--splits', 'train=1'),
      );
      expect(built.manifest).toMatchObject({ records: 1, settings: { kind: 'comparisons' } });
      // --kind wins over what is recognized.
      expect(await runProgram(['data', ...inspect, '--kind', 'text'])).toBe(1);
    },
  );

  test('help repeats the defaults of the library', async () => {
    const { manifest } = await answer(0, ...build('posts.jsonl', 'defaults', '--limit', '5'));
    const { maxPromptTokens, seed } = manifest.settings;
    expect(LIBRARY_DEFAULTS).toMatchObject({ maxPromptTokens, seed });
    expect(await collectRecords(openSource('synthetic').source)).toHaveLength(LIBRARY_DEFAULTS.count);
  });

  test('inspect shows a folder of save_to_disk, a set or a split of several', async () => {
    for (const [name, more] of [
      ['saved', []],
      ['saved-dictionary', ['--hub-split', 'test']],
    ] as const) {
      const folder = at(name);
      cpSync(join(tokenizer, 'formats', name), folder, { recursive: true });
      const raw = await answer(0, 'inspect', folder, '--tokenizer', tokenizer, ...more);
      expect(raw).toMatchObject({ stage: 'raw', directory: folder });
      expect(raw.manifest.source).toMatchObject({ name: folder, skipped: 0 });
      expect(raw.manifest.records).toBeGreaterThan(0);
    }
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

    output.out = '';
    expect(await runProgram(['data', 'inspect', at('one'), '--no-color'])).toBe(0);
    // Tokens are set apart by dots.
    expect(output.out.replaceAll('·', '')).toContain('I made soup number');
    output.out = '';
    expect(await runProgram(['data', 'inspect', at('one'), '--html', at('page.html')])).toBe(0);
    expect(output.out).toBe(`${at('page.html')}\n`);
    const page = readFileSync(at('page.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>/i);
    expect(page.replaceAll(/<[^>]*>/g, '')).toContain('I made soup number');
  });

  test('--on-error stop ends at the first malformed row with status 1; skip counts them', async () => {
    const { error } = await answer(1, ...build('faulty.jsonl', 'stopped', '--on-error', 'stop'));
    expect(error.name).toBe('DataError');
    expect(error.message).toMatch(/faulty\.jsonl, line 2.*post.*expected a string, got a number/);
    expect(output.err).toContain(error.message.replace('@ais/data: ', 'ais: '));
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
    expect(dropped).toEqual([{ id: 'post-3', reason: 'empty-response', detail: 'the response is empty' }]);
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

  test('a file may write options as the command line does, and null is an option that is not given', async () => {
    const written = {
      source: at('posts.jsonl'),
      limit: '5',
      maxResponseTokens: null,
      threads: '1',
      splits: 'train=0.5,test=0.5',
      columns: { post: 'post' },
      keepDuplicates: true,
      longResponses: 'drop',
    };
    writeFileSync(at('written.json'), JSON.stringify(written));
    const { manifest } = await answer(
      0,
      ...['build', '--config', at('written.json'), '--tokenizer', tokenizer, '--out', at('written')],
    );
    expect(manifest.settings).toMatchObject({
      limit: 5,
      maxResponseTokens: null,
      duplicates: 'keep',
      longResponses: 'drop',
      splits: { train: 0.5, test: 0.5 },
    });
  });

  test.each([
    [{ longPrompts: 'truncate' }, /longPrompts is "truncate"\. Allowed choices are error, drop/],
    [{ longResponses: 'chop' }, /longResponses is "chop"\. Allowed choices are cut, drop/],
    [{ keepDuplicates: 'no' }, /keepDuplicates is "no"\. Expected true or false/],
    [{ splits: 'train' }, /splits is "train"\. Expected name=value/],
    [{ splits: { train: 'half' } }, /splits is \{"train":"half"\}\. Expected names .* positive shares/],
    [{ splits: [1] }, /splits is \[1\]\. Expected shares by name/],
    [{ columns: { prompt: 3 } }, /columns is \{"prompt":3\}\. Expected names of columns/],
    [{ threads: 1.5 }, /threads is 1\.5\. Expected a whole number/],
    [{ limit: [1] }, /limit is \[1\]\. Expected a whole number/],
    [{ template: 3 }, /template is 3\. Expected text/],
    [{ onError: true }, /onError is true\. Expected text/],
    [{ longPrompt: 'drop' }, /unknown option "longPrompt"/],
    [{ json: true }, /give "json" on the command line, as --json/],
    [['source'], /is not a JSON object/],
  ])('a file of options with %j: status 2, and what is expected', async (config, message) => {
    writeFileSync(at('wrong.json'), JSON.stringify(config));
    const argv = ['--config', at('wrong.json'), '--source', at('posts.jsonl'), '--out', at('wrong')];
    expect(await runProgram(['data', 'build', ...argv, '--tokenizer', tokenizer])).toBe(2);
    expect(output.err).toMatch(message);
    expect(output.err).toContain(`--config ${at('wrong.json')}`);
    expect(existsSync(at('wrong'))).toBe(false);
  });

  test.each([
    [['build', '--out', 'x'], /--source is required/],
    [['build', '--source', 'synthetic'], /--out is required/],
    [['build', '--source', 'novel.txt', '--out', 'x'], /no source "novel\.txt".*JSON Lines/],
    [['build', '--source', 'debian', '--kind', 'comparisons', '--out', 'x'], /debian has no comparisons/],
    [['build', '--source', 'synthetic', '--out', 'x', '--on-error', 'cry'], /'cry'[\s\S]*stop, skip/],
    [['build', '--source', 'synthetic', '--out', 'x', '--splits', 'train'], /name=value/],
    [
      ['build', '--source', 'synthetic', '--out', 'x', '--splits', 'train=0.5,train=1'],
      /train is given twice/,
    ],
    [['build', '--source', 'synthetic', '--out', 'x', '--limit', 'few'], /whole number/],
    [['build', '--config', 'no-such-file.json'], /no-such-file\.json cannot be read/],
    [['inspect'], /missing required argument 'set'/],
    [['inspect', 'x', '--examples', 'all'], /whole number/],
    [['inspect', 'x.csv'], /no file or folder x\.csv/],
  ])('ais data %s: status 2, and what is wrong', async (argv, message) => {
    expect(await runProgram(['data', ...argv])).toBe(2);
    expect(output.err).toMatch(message);
    expect(existsSync('x')).toBe(false);
  });

  test('a folder that holds no set, a damaged one, or one already is refused', async () => {
    expect((await answer(2, 'inspect', root)).error.message).toMatch(
      /written neither by ais data build nor by save_to_disk.*Name a file in it/,
    );
    mkdirSync(at('damaged'));
    writeFileSync(at('damaged', 'manifest.json'), '{}');
    expect((await answer(1, 'inspect', at('damaged'))).error.message).toMatch(
      /not the manifest of a prepared/,
    );
    expect((await answer(1, ...build('posts.jsonl', 'one'))).error.message).toMatch(
      /already holds a prepared/,
    );
  });
});

describe('ais data shift', () => {
  const samples = (shift: number, prompts: readonly string[]) =>
    prompts.flatMap((prompt) => [
      { id: `${prompt}1`, prompt, response: ` good ${shift}`, score: shift + 1 },
      { id: `${prompt}2`, prompt, response: ' bad', score: shift },
    ]);
  beforeAll(() => {
    writeFileSync(at('s1.jsonl'), lines(samples(0, ['a', 'b', 'c'])));
    writeFileSync(at('s2.jsonl'), lines([...samples(1, ['a', 'b']), { ...samples(1, ['d'])[0], id: 'd' }]));
    // JSON has no NaN: a missing score is written as null or a word.
    writeFileSync(
      at('s3.jsonl'),
      lines([...samples(2, ['b', 'a']), { prompt: 'c', response: 'x', score: 'NaN' }]),
    );
  });
  const sets = () => [`D1=${at('s1.jsonl')}`, `D2=${at('s2.jsonl')}`, `D3=${at('s3.jsonl')}`];
  const read = (...parts: string[]) =>
    readFileSync(at(...parts), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  test('writes a file of comparisons for each set, and says what is in it', async () => {
    const argv = ['shift', ...sets(), '--out', at('shifted'), '--on-error', 'skip'];
    const { directory, sets: made } = await answer(0, ...argv);
    expect(directory).toBe(at('shifted'));
    expect(made.D1).toEqual({
      path: at('shifted', 'D1.jsonl'),
      counts: { prompts: 3, pairs: 3, identical: 0, empty: 0, tied: 0, single: 0 },
      meanMargin: 1,
      meanScore: 0.5,
      skipped: 0,
      faults: {},
    });
    expect(made.D2).toMatchObject({ counts: { pairs: 2, single: 1 }, meanScore: 1.5 });
    expect(made.D3).toMatchObject({ counts: { pairs: 2 }, skipped: 1, faults: { 'wrong-type': 1 } });
    expect(read('shifted', 'D3.jsonl')).toEqual([
      { id: 'b1', prompt: 'b', chosen: ' good 2', rejected: ' bad', family: null },
      { id: 'a1', prompt: 'a', chosen: ' good 2', rejected: ' bad', family: null },
    ]);

    expect(await runProgram(['data', ...argv, '--common-prompts', '--format', 'parquet'])).toBe(0);
    expect(output.out).toContain('D1: 2 pairs of 3 prompts, mean score 0.500, mean margin 1.000');
    expect(output.out).toMatch(/D2: 2 pairs.*\(left out: 1 single\)/);
    expect(output.out).toMatch(/D3: 2 pairs.*D3\.parquet \(left out: 1 wrong-type\)/);
  });

  test('rows of other columns say which are read', async () => {
    writeFileSync(at('other.jsonl'), lines([{ question: 'a', answer: 'b', reward: 1 }]));
    const { error } = await answer(1, 'shift', `D1=${at('other.jsonl')}`, '--out', at('none'));
    expect(error.message).toMatch(/which column is which \(--columns prompt=a,response=b,score=c\)\.$/);
  });

  test('a malformed sample ends with status 1 and leaves nothing', async () => {
    const { error } = await answer(1, 'shift', ...sets(), '--out', at('none'));
    expect(error.message).toMatch(/s3\.jsonl, line 5.*score.*expected a number, got a string/);
    expect(existsSync(at('none'))).toBe(false);
  });

  test.each([
    [['D1=a.jsonl'], /--out <folder>/],
    [['a.jsonl', '--out', 'x'], /name=file/],
    [['D1=a.jsonl', 'D1=b.jsonl', '--out', 'x'], /D1 is given twice/],
    [['D1=a.txt', '--out', 'x'], /no source "a\.txt"/],
    [['D1=a.jsonl', '--out', 'x', '--format', 'csv'], /jsonl, parquet/],
    [['D1=a.jsonl', '--out', 'x', '--columns', 'prompt=a,prompt=b'], /prompt is given twice/],
  ])('ais data shift %s: status 2, and what is wrong', async (argv, message) => {
    expect(await runProgram(['data', 'shift', ...argv])).toBe(2);
    expect(output.err).toMatch(message);
    expect(existsSync('x')).toBe(false);
  });
});

describe('ais data import and export', () => {
  const prompt = 'SUBREDDIT: r/soup\n\nTITLE: Soup\n\nPOST: I made soup.\n\nTL;DR:';
  const trl = [
    { prompt, chosen: ' Made soup.', rejected: ' No.' },
    { prompt, chosen: ' Soup.', rejected: ' Nothing.' },
    { prompt, chosen: 'Same. ', rejected: ' Same.' },
  ];
  beforeAll(() => writeFileSync(at('trl.jsonl'), lines(trl)));

  test('what is imported, prepared and exported is what there was', async () => {
    const imported = await answer(0, 'import', at('trl.jsonl'), '--out', at('pairs.parquet'));
    expect(imported).toEqual({
      path: at('pairs.parquet'),
      pairs: 2,
      skipped: 0,
      faults: {},
      leftOut: { identical: 1 },
    });
    await answer(0, ...build('pairs.parquet', 'pairs', '--kind', 'comparisons', '--splits', 'train=1'));
    expect(await answer(0, 'export', at('pairs'), '--out', at('back.jsonl'))).toMatchObject({ pairs: 2 });
    expect(readFileSync(at('back.jsonl'), 'utf8')).toBe(lines(trl.slice(0, 2)));
    const { error } = await answer(2, 'export', at('pairs'), '--split', 'dev', '--out', at('no.jsonl'));
    expect(error.message).toMatch(/no split dev; it has train/);
    expect(existsSync(at('no.jsonl'))).toBe(false);
  });

  test('export takes the text of what ais label writes, and columns by hand', async () => {
    const [{ chosen, rejected }] = trl as [(typeof trl)[0]];
    const labeled = { id: 'a', prompt: [1], chosen: [2], rejected: [3], promptText: prompt };
    writeFileSync(at('label.jsonl'), lines([{ ...labeled, chosenText: chosen, rejectedText: rejected }]));
    await answer(0, 'export', at('label.jsonl'), '--out', at('labeled.jsonl'));
    expect(readFileSync(at('labeled.jsonl'), 'utf8')).toBe(lines(trl.slice(0, 1)));
    writeFileSync(at('mine.jsonl'), lines([{ prompt, winner: chosen, loser: rejected }]));
    const columns = ['--columns', 'chosen=winner,rejected=loser'];
    await answer(0, 'export', at('mine.jsonl'), ...columns, '--out', at('named.jsonl'));
    expect(readFileSync(at('named.jsonl'), 'utf8')).toBe(lines(trl.slice(0, 1)));
  });

  test('malformed rows stop or are counted', async () => {
    writeFileSync(at('bad.jsonl'), lines([trl[0], { ...trl[1], chosen: 7 }]));
    const argv = ['import', at('bad.jsonl'), '--out', at('good.jsonl')];
    expect((await answer(1, ...argv)).error.message).toMatch(/bad\.jsonl, line 2.*chosen.*a number/);
    expect(existsSync(at('good.jsonl'))).toBe(false);
    expect(await runProgram(['data', ...argv, '--on-error', 'skip'])).toBe(0);
    expect(output.out).toContain(`1 pair → ${at('good.jsonl')} (left out: 1 wrong-type)`);
    const [pair] = readFileSync(at('good.jsonl'), 'utf8').trim().split('\n');
    expect(JSON.parse(pair ?? '')).toEqual({ id: '1', ...trl[0], family: null });
  });

  test.each([
    [['export', 'a.jsonl'], /--out <file>/],
    [['export', 'a.jsonl', '--out', 'pairs.csv'], /\.jsonl or \.parquet/],
    [['export', 'synthetic', '--out', 'x.jsonl'], /no source "synthetic"/],
    [['import', '--out', 'x.jsonl'], /missing required argument 'source'/],
    [['import', 'a.jsonl', '--out', 'x.jsonl', '--columns', 'chosen'], /name=value/],
  ])('ais data %s: status 2, and what is wrong', async (argv, message) => {
    expect(await runProgram(['data', ...argv])).toBe(2);
    expect(output.err).toMatch(message);
    expect(existsSync('x.jsonl')).toBe(false);
  });
});

test.each(['build', 'inspect', 'shift', 'import', 'export'])('ais data %s --help', async (command) => {
  expect(await runProgram(['data', command, '--help'])).toBe(0);
  expect(output.out).toContain(`Usage: ais data ${command}`);
  expect(output.out).toContain('--json');
});
