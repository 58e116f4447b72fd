import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { scratchFolder } from '../test/scratch-folder.js';
import { runProgram } from './program.js';

const scratch = scratchFolder();
const output = capturedOutput();

describe('wrong usage ends with status 2, says what is wrong and what is possible, and writes nothing', () => {
  test.each([
    [['demo', '--source', 'debian'], /unknown option '--source'/],
    [['demo', '--set', 'preference.learningrate=1'], /"preference.learningrate".*"preference.learningRate"/],
    [['demo', '--backend', 'abacus'], /"abacus".*native/],
    [['demo', '--sede', '3'], /unknown option '--sede'[\s\S]*--seed/],
    [['demo', '--seed', 'three'], /whole number/],
    [['demo', '--resume'], /--out/],
    [['demo', '--lora'], /--lora belongs to --model/],
    [['dmeo'], /unknown command 'dmeo'[\s\S]*demo/],
  ])('ais %s', async (argv, message) => {
    const place = argv[0] === 'demo' && argv[1] !== '--resume' ? ['--out', scratch('run')] : [];
    expect(await runProgram([...argv, ...place])).toBe(2);
    expect(output.err).toMatch(message);
    expect(readdirSync(scratch())).toEqual([]);
  });

  test('resuming where there is no run', async () => {
    expect(await runProgram(['demo', '--resume', '--out', scratch('none')])).toBe(2);
    expect(output.err).toMatch(/holds no study to resume/);
  });
});

test('a corrupted line of a corpus ends with status 1, and names file, line and field', async () => {
  const corpus = scratch('mine.jsonl');
  const record = { id: '1', subreddit: 'r', title: 't', post: 'p', summary: 's' };
  writeFileSync(corpus, `${JSON.stringify(record)}\n${JSON.stringify({ ...record, id: '2', post: 7 })}\n`);
  const place = ['--out', scratch('run'), '--store', scratch('store')];
  const argv = [
    'study',
    'fig3',
    '--scale',
    'tiny',
    '--processes',
    '1',
    '--backend',
    'cpu',
    '--source',
    corpus,
    '--judge',
    'human',
    ...place,
  ];
  expect(await runProgram(argv)).toBe(1);
  expect(output.err).toMatch(/mine\.jsonl, line 2, field "post": expected a string/);
});

test('the report of a folder without a finished run', async () => {
  expect(await runProgram(['report', scratch()])).toBe(1);
  expect(output.err).toMatch(/holds no finished run/);
});

describe('a folder that cannot be used ends with status 1 and one clear message', () => {
  test('a file is where the folder should be', async () => {
    const file = scratch('file');
    writeFileSync(file, 'mine');
    expect(await runProgram(['demo', '--out', join(file, 'run')])).toBe(1);
    expect(output.err).toMatch(/A part of .* is a file where a folder is needed\. Choose another place/);
    expect(
      output.err
        .trimEnd()
        .split('\n')
        .filter((line) => line.startsWith('ais:')),
    ).toHaveLength(1);
  });

  test('a folder with unrelated files', async () => {
    writeFileSync(scratch('thesis.txt'), 'mine');
    expect(await runProgram(['demo', '--out', scratch()])).toBe(1);
    expect(output.err).toMatch(/not empty and holds no study/);
    expect(readdirSync(scratch())).toEqual(['thesis.txt']);
  });
});

test('--json puts a failure on standard output as one object', async () => {
  expect(await runProgram(['study', 'novel', '--json'])).toBe(2);
  expect(JSON.parse(output.out)).toEqual({
    error: { name: 'StudyError', message: expect.stringContaining('novel') },
  });
});

test('--json does so with wrong usage, too, which is also told on standard error', async () => {
  expect(await runProgram(['study', 'fig1', '--sede', '3', '--json'])).toBe(2);
  const { error } = JSON.parse(output.out);
  expect(error).toEqual({ name: 'UsageError', message: expect.stringMatching(/^unknown option '--sede'/) });
  expect(output.err).toMatch(/unknown option '--sede'/);
});

test('--help lists the commands and exits with 0', async () => {
  expect(await runProgram(['--help'])).toBe(0);
  for (const command of ['doctor', 'native', 'demo']) expect(output.out).toContain(command);
});
