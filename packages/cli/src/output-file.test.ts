import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { pipelineCommand } from './commands/pipeline-command.js';
import { outputFile, requireOtherFile } from './output-file.js';
import { runProgram } from './program.js';

const root = mkdtempSync(join(tmpdir(), 'ais-output-'));
const at = (name: string): string => join(root, name);
const output = capturedOutput();
afterAll(() => rmSync(root, { recursive: true }));

const responses = ['a', 'b']
  .map(
    (text) =>
      `${JSON.stringify({ id: '1', sample: 0, promptText: 'x', responseText: text, finished: true })}\n`,
  )
  .join('');
beforeEach(() => {
  for (const name of ['link.jsonl', 'hard.jsonl']) rmSync(at(name), { force: true });
  writeFileSync(at('read.jsonl'), responses);
  symlinkSync(at('read.jsonl'), at('link.jsonl'));
  linkSync(at('read.jsonl'), at('hard.jsonl'));
});

test.each([
  ['its own path', 'read.jsonl'],
  ['a link', 'link.jsonl'],
  ['another name', 'hard.jsonl'],
])('a file that is read is not written over by %s', (_, name) => {
  const out = at(name);
  expect(() => requireOtherFile(out, { '--responses': at('read.jsonl') })).toThrow(
    /what --responses names: it would be replaced.* Name another file/,
  );
  const mixture = `${at('other.jsonl')}*1,${relative('.', at('read.jsonl'))}*2`;
  expect(() => requireOtherFile(out, { '--source': mixture })).toThrow(/what --source names/);
  expect(() => requireOtherFile(out, { '--pairs': [at('no.jsonl'), out] })).toThrow(/--pairs/);
});

test('a link that is named to be written keeps leading to its file, which is replaced', async () => {
  const row = `${JSON.stringify({ id: 'mine', prompt: 'a', chosen: 'b', rejected: 'c' })}\n`;
  writeFileSync(at('source.jsonl'), row);
  expect(await runProgram(['data', 'export', at('source.jsonl'), '--out', at('link.jsonl')])).toBe(0);
  expect(lstatSync(at('link.jsonl')).isSymbolicLink()).toBe(true);
  expect(readFileSync(at('read.jsonl'), 'utf8')).toContain('"chosen"');
  const page = ['data', 'inspect', at('source.jsonl'), '--html', at('link.jsonl')];
  expect(await runProgram(page)).toBe(0);
  expect(readFileSync(at('read.jsonl'), 'utf8')).toContain('<html');
  expect([outputFile(root), outputFile(at('hard.jsonl'))]).toEqual([root, at('hard.jsonl')]);
});

test.skipIf(process.platform === 'win32')('a pipe is not replaced', async () => {
  const pipe = at('pipe.jsonl');
  execFileSync('mkfifo', [pipe]);
  for (const argv of [
    ['data', 'export', at('read.jsonl')],
    ['label', '--responses', at('read.jsonl'), '--scorer', 'oracle'],
    ['model', 'export', at('model'), '--to', 'gguf'],
  ]) {
    expect(await runProgram([...argv, '--out', pipe])).toBe(2);
    expect(output.err).toMatch(/pipe\.jsonl' is invalid\. It is a device or a pipe/);
  }
  expect(lstatSync(pipe).isFIFO()).toBe(true);
  rmSync(pipe);
});

test('a new file, and one that is no input, may be written', () => {
  writeFileSync(at('other.jsonl'), '');
  expect(() => requireOtherFile(at('new.jsonl'), { '--responses': at('read.jsonl') })).not.toThrow();
  expect(() =>
    requireOtherFile(at('other.jsonl'), {
      '--responses': at('read.jsonl'),
      '--source': 'synthetic',
      '--pairs': undefined,
    }),
  ).not.toThrow();
});

test.each([
  ['label', ['--responses', 'read.jsonl', '--scorer', 'oracle'], '--responses'],
  ['generate', ['--preset', 'tiny', '--model', 'openai:none', '--source', 'read.jsonl'], '--source'],
  ['evaluate', ['--preset', 'tiny', '--model', 'new', '--pairs', 'read.jsonl'], '--pairs'],
])('ais %s keeps its input', async (command, flags, flag) => {
  const named = flags.map((word) => (word === 'read.jsonl' ? at(word) : word));
  expect(await runProgram([command, ...named, '--out', at('read.jsonl')])).toBe(2);
  expect(output.err).toContain(`what ${flag} names`);
  expect(readFileSync(at('read.jsonl'), 'utf8')).toBe(responses);
});

test.each(['import', 'export'])('ais data %s keeps its input', async (command) => {
  const row = `${JSON.stringify({ id: 'mine', prompt: 'a', chosen: 'b', rejected: 'c', note: 'kept' })}\n`;
  writeFileSync(at('pairs.jsonl'), row);
  expect(await runProgram(['data', command, at('pairs.jsonl'), '--out', at('pairs.jsonl')])).toBe(2);
  expect(output.err).toMatch(/--out \S+pairs\.jsonl is what the source names/);
  expect(readFileSync(at('pairs.jsonl'), 'utf8')).toBe(row);
});

test('the page of ais data inspect is not written over the set', async () => {
  expect(await runProgram(['data', 'inspect', at('read.jsonl'), '--html', at('link.jsonl')])).toBe(2);
  expect(output.err).toMatch(/--html \S+link\.jsonl is \S+read\.jsonl, what the set names/);
  expect(readFileSync(at('read.jsonl'), 'utf8')).toBe(responses);
});

test('ais data shift keeps all samples that it reads, whatever set they are of', async () => {
  const samples = `${JSON.stringify({ prompt: 'a', response: 'b', score: 1 })}\n`;
  for (const name of ['D1.jsonl', 'D2.jsonl']) writeFileSync(at(name), samples);
  for (const sets of [[`D1=${at('D1.jsonl')}`], [`D1=${at('D2.jsonl')}`, `D2=${at('D1.jsonl')}`]]) {
    expect(await runProgram(['data', 'shift', ...sets, '--out', root])).toBe(2);
    expect(output.err).toMatch(/--out \S+D1\.jsonl is what D\d names/);
    expect(readFileSync(at('D1.jsonl'), 'utf8')).toBe(samples);
  }
});

test('ais model export keeps the model that it reads', async () => {
  const argv = ['model', 'export', at('read.jsonl'), '--to', 'gguf', '--out', at('hard.jsonl')];
  expect(await runProgram(argv)).toBe(2);
  expect(output.err).toContain('what the model names');
  expect(readFileSync(at('read.jsonl'), 'utf8')).toBe(responses);
});

test('ais report puts a page of several folders into none of them', async () => {
  for (const name of ['one', 'two']) mkdirSync(at(name), { recursive: true });
  symlinkSync(at('two'), at('again'));
  expect(await runProgram(['report', at('one'), at('two'), '--out', at('again')])).toBe(2);
  expect(output.err).toMatch(
    /--out \S+again is \S+two, one of the folders that are read: .* Name another folder/,
  );
  expect(readdirSync(at('two'))).toEqual([]);
});

test('a file by its usual name is not replaced, and one that is named is', async () => {
  const did: unknown[] = [];
  const label = async (...argv: string[]): Promise<void> => {
    const usual = { file: at('pairs.jsonl'), holds: 'pairs' };
    const command = pipelineCommand('label', 'Label.', usual).action(({ out }) => {
      did.push(out);
    });
    await command.parseAsync(argv, { from: 'user' });
  };
  rmSync(at('pairs.jsonl'), { force: true });
  await label();
  writeFileSync(at('pairs.jsonl'), 'mine');
  await expect(label()).rejects.toThrow(
    `${at('pairs.jsonl')} is there already, and no --out was given. Name another file with --out, or replace it with --out ${at('pairs.jsonl')}.`,
  );
  await label('--dry-run');
  await label('--out', at('pairs.jsonl'));
  await label('--resume');
  expect(did).toEqual(Array(4).fill(at('pairs.jsonl')));
});
