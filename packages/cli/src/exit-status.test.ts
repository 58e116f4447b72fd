import { RuntimeError } from '@ais/runtime/errors';
import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { describeError } from './describe-error.js';
import { exitStatus } from './exit-status.js';
import { UsageError } from './usage-error.js';

const marked = (exit: string): Error =>
  Object.assign(new Error('x'), { [Symbol.for('@ais/error')]: '@ais/elsewhere', exit });

test.each([
  ['help', new CommanderError(0, 'commander.help', ''), 0],
  ['an unknown option', new CommanderError(1, 'commander.unknownOption', ''), 2],
  ['wrong usage', new UsageError('x'), 2],
  ['an interruption elsewhere', new DOMException('x', 'AbortError'), 130],
  ["a package's error that means wrong usage", new RuntimeError('unknown-backend', 'x'), 2],
  ["a package's other error", new RuntimeError('backend-unavailable', 'x'), 1],
  ['an interruption of another copy of a package', marked('interrupted'), 130],
  ['any other failure', new Error('x'), 1],
  ['something thrown that is not an error', 'x', 1],
])('the exit status of %s', (_, error, status) => {
  expect(exitStatus(error)).toBe(status);
});

test.each([
  ['ENOSPC', /disk of \/data\/run is full.*--out/],
  ['EACCES', /no permission for \/data\/run.*--out/],
  ['EROFS', /\/data\/run is on a read-only file system.*--out/],
])('%s is told in a sentence with a remedy', (code, sentence) => {
  const error = Object.assign(new Error(`${code}: raw`), { code, path: '/data/run' });
  expect(describeError(error).message).toMatch(sentence);
});

test.each([
  ['EACCES', 'listen', /^Port 80 needs the rights of root\. Give another port/],
  ['EADDRINUSE', 'listen', /^Port 80 is in use by another program\. Give another port/],
  ['EIO', 'read', /^A file cannot be used \(EIO: raw\)\. Check the disk or the server/],
  ['EACCES', 'spawn mpirun', /^EACCES: raw$/],
])('%s of %s is not told as one of the output folder', (code, syscall, sentence) => {
  const error = Object.assign(new Error(`${code}: raw`), { code, syscall, port: 80 });
  expect(describeError(error).message).toMatch(sentence);
});

test("an error of a package keeps its message, with the command line's name of an option", () => {
  const error = Object.assign(marked('failure'), { name: 'TrainerError', message: 'Use { resume: true }.' });
  const message = 'Use --resume.';
  expect(describeError(error)).toEqual({ name: 'TrainerError', message, shown: message });
});

test.each([
  [
    '(cut off after 256 tokens; raise maxTokens): "x". Change the template, or raise attempts.',
    '(cut off after 256 tokens; raise --judge-max-tokens): "x". Change the template (--judge-template), or allow more attempts (--set judge.attempts=NUMBER).',
  ],
  [
    "the server's own limit; set parameters.max_tokens",
    "the server's own limit; set max_tokens in --api-parameters",
  ],
  ['raise the budget and run again', 'raise the budget (--api-calls, --api-tokens) and run again'],
  [
    'longer than the longest wait of 60 s.',
    'longer than the longest wait of 60 s. Run this again after that, with --resume where the command has it.',
  ],
  ['so budget.tokens cannot be kept; use budget.calls.', 'so --api-tokens cannot be kept; use --api-calls.'],
])('an option of a language model is named by its flag: %s', (message, shown) => {
  expect(describeError(new Error(message)).shown).toBe(shown);
});

test.each([
  ['@ais/trainer: The run is over.', 'The run is over.'],
  [
    '2 stages failed:\nsft: @ais/data: a.csv, line 2: no text\n@ais/kl: no',
    '2 stages failed:\nsft: a.csv, line 2: no text\nno',
  ],
  ['Run: npm install @ais/objectives', 'Run: npm install @ais/objectives'],
  ['The package @ais/kl: is fine', 'The package @ais/kl: is fine'],
])('the package of an error is for programs, not for people: %s', (message, shown) => {
  expect(describeError(new Error(message))).toMatchObject({ message, shown });
});
