import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { runProgram } from './program.js';

const root = mkdtempSync(join(tmpdir(), 'ais-questions-'));
const at = (...parts: string[]): string => join(root, ...parts);
const output = capturedOutput();
const backend = process.env['AIS_BACKEND'] ?? 'wasm';
const small = ['--preset', 'tiny', '--backend', backend, '--json', '--batch-size', '4', '--steps', '1'];
const few = ['--warmup-steps', '0', '--set', 'evaluation.points=0'];
const numbers = Array.from({ length: 16 }, (_, index) => index);

async function answer(...argv: string[]): Promise<Record<string, unknown>> {
  Object.assign(output, { out: '', err: '' });
  expect(await runProgram(argv), output.err).toBe(0);
  return JSON.parse(output.out) as Record<string, unknown>;
}

/** Rows as CSV, under a header. */
function table(name: string, header: string, row: (index: number) => string): string {
  writeFileSync(at(name), [header, ...numbers.map(row)].join('\n'));
  return at(name);
}

const text = (run: string) =>
  JSON.parse(readFileSync(at(run, 'checkpoints', 'step-1', 'text.json'), 'utf8')) as object;

beforeAll(async () => {
  const asked = table('asked.csv', 'Asked,Said', (index) => `What is ${index}?,It is ${index}.`);
  const source = ['--source', asked, '--columns', 'question=Asked,answer=Said', '--held-out', '4'];
  expect(await runProgram(['sft', ...small, ...few, ...source, '--out', at('sft')])).toBe(0);
  table('plain.csv', 'prompt,chosen,rejected,stars,fewer', (index) => `${index}?,It is ${index}.,No.,5,1`);
  table('asked-pairs.csv', 'Asked,chosen,rejected', (index) => `${index}?,It is ${index}.,No.`);
});
afterAll(() => rmSync(root, { recursive: true }));

test('a model that learned from columns of its own reads pairs in other columns, and tells so', async () => {
  const run = ['--model', at('sft'), '--out'];
  await answer('train', ...small, ...few, ...run, at('plain'), '--pairs', at('plain.csv'));
  expect(output.err).toMatch(/plain\.csv: prompt, chosen, rejected are taken as they are/);
  await answer('reward', ...small, '--warmup-steps', '0', ...run, at('judge'), '--pairs', at('plain.csv'));
  await answer('train', ...small, ...few, ...run, at('asked'), '--pairs', at('asked-pairs.csv'));
  expect(output.err).not.toMatch(/taken as they are/);
});

test('columns and a template that are given with pairs are theirs, and later commands know them', async () => {
  const given = ['--model', at('sft'), '--pairs', at('plain.csv'), ...few];
  await answer('train', ...small, ...given, '--columns', 'question=prompt', '--out', at('columns'));
  expect(text('columns')).toMatchObject({
    columns: { question: 'Asked', answer: 'Said' },
    pairColumns: { question: 'prompt' },
  });
  await answer('train', ...small, ...given, '--template', 'prompt-completion', '--out', at('template'));
  expect(output.err).not.toMatch(/taken as they are/);
  expect(text('template')).toMatchObject({
    template: { name: 'question-answer' },
    pairTemplate: { name: 'prompt-completion' },
  });
  const scores = ['--columns', 'question=prompt,chosenReward=stars,rejectedReward=fewer'];
  await answer('train', ...small, ...given, '--objective', 'rebel', ...scores, '--out', at('rebel'));
  for (const run of ['columns', 'template', 'rebel']) {
    await answer(
      'evaluate',
      '--model',
      at(run),
      '--backend',
      backend,
      '--prompts',
      '1',
      '--kl-prompts',
      '0',
      '--json',
    );
  }
  const unknown = ['train', ...small, ...given, '--columns', 'answer=prompt', '--out', at('refused')];
  expect(await runProgram(unknown)).not.toBe(0);
  expect(output.err).toMatch(/plain\.csv: there is no field "answer"/);
});

test('a run stands for its tokenizer', async () => {
  const flags = ['--tokenizer', at('sft'), '--kind', 'comparisons', '--json'];
  expect(await answer('data', 'inspect', at('plain.csv'), ...flags)).toMatchObject({});
  const out = ['--tokenizer', at('sft'), '--out', at('imported.jsonl'), '--json'];
  expect(await answer('data', 'import', at('plain.csv'), ...out)).toMatchObject({ pairs: numbers.length });
});
