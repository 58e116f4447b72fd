import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { smallModel } from '../test/cases/small-model.js';
import { scratchFolder } from '../test/scratch-folder.js';
import { runProgram } from './program.js';

const scratch = scratchFolder();
const output = capturedOutput();
const backend = ['--backend', process.env['AIS_BACKEND'] ?? 'wasm'];

beforeEach(async () => {
  await smallModel(scratch('model'));
  const rows = ['lake', 'sea', 'deep blue sea', 'river', 'dinner at the lake'].map((word, index) => ({
    id: `q${index}`,
    prompt: `Tell me about the ${word}.`,
    completion: ' a',
  }));
  writeFileSync(scratch('questions.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  writeFileSync(
    scratch('judge.mjs'),
    `export default { specificationVersion: 'v1', name: 'length',
       score: async (items) => items.map(({ response }) => response.length) };`,
  );
});

async function ais(...argv: string[]): Promise<void> {
  expect(await runProgram(argv), output.err).toBe(0);
}
const text = (file: string): string => readFileSync(scratch(file), 'utf8');

/** Two prompts a part, so that five are three parts. */
const generate = (...more: string[]): string[] => [
  ...['generate', ...backend, '--model', scratch('model'), '--source', scratch('questions.jsonl')],
  ...['--held-out', '0', '--samples', '256', '--max-response-tokens', '4', ...more],
];

test('ais generate in any number of shards writes what it writes at once, byte for byte', async () => {
  await ais(...generate('--out', scratch('whole.jsonl')));
  expect(text('whole.jsonl').trim().split('\n')).toHaveLength(5 * 256);
  for (const count of [2, 4]) {
    const out = `of-${count}.jsonl`;
    for (let index = count; index >= 1; index--) {
      await ais(...generate('--out', scratch(out), '--shard', `${index}/${count}`));
    }
    await ais('merge', scratch(out));
    expect(text(out)).toBe(text('whole.jsonl'));
  }
  expect(output.out).toMatch(/shard 2 of 4, 512 responses → .*of-4\.jsonl\.shard-2-of-4/);

  rmSync(scratch('of-4.jsonl.shard-3-of-4'));
  expect(await runProgram(['merge', scratch('of-4.jsonl')])).toBe(1);
  expect(output.err).toMatch(/of-4\.jsonl: shard 3\/4 missing/);
  await ais(...generate('--out', scratch('of-4.jsonl'), '--shard', '3/4', '--seed', '9'));
  expect(await runProgram(['merge', scratch('of-4.jsonl')])).toBe(1);
  expect(output.err).toMatch(/shard-3-of-4 was started with a different seed: 9 there/);
});

test('ais label in any number of shards draws the labels that it draws at once', async () => {
  const responses = Array.from({ length: 22 }, (_, index) => ({
    id: `q${index >> 1}`,
    sample: index % 2,
    finished: true,
    promptText: `Question ${index >> 1}`,
    responseText: 'x'.repeat(1 + ((7 * index) % 5)),
  }));
  writeFileSync(scratch('responses.jsonl'), responses.map((row) => JSON.stringify(row)).join('\n'));
  const label = (...more: string[]): string[] => [
    ...['label', ...backend, '--responses', scratch('responses.jsonl'), '--scorer', scratch('judge.mjs')],
    ...['--rule', 'bradley-terry', '--noise', '0.3', '--batch-size', '3', ...more],
  ];
  await ais(...label('--out', scratch('whole.jsonl')));
  for (const count of [1, 3, 9]) {
    const out = `of-${count}.jsonl`;
    for (let index = 1; index <= count; index++) {
      await ais(...label('--out', scratch(out), '--shard', `${index}/${count}`));
    }
    // The shards name code, which may come from elsewhere.
    expect(await runProgram(['merge', scratch(out)])).toBe(2);
    expect(output.err).toMatch(/names code, a server, or a file to write that this would use/);
    await ais('merge', scratch(out), '--allow', scratch('judge.mjs'));
    expect(text(out)).toBe(text('whole.jsonl'));
  }
  copyFileSync(scratch('of-3.jsonl.shard-2-of-3'), scratch('of-3.jsonl.shard-1-of-3'));
  expect(await runProgram(['merge', scratch('of-3.jsonl')])).toBe(1);
  expect(output.err).toMatch(/are both shard 2\/3/);
});

/** 64, 64, and 22 prompts: three parts, after the judge's agreement with labels. */
const evaluate = (...more: string[]): string[] => [
  ...['evaluate', ...backend, '--model', scratch('model'), '--reference', scratch('reference')],
  ...['--source', scratch('many.jsonl'), '--held-out', '150', '--prompts', '150', '--set', 'klPrompts=100'],
  ...['--scorer', scratch('judge.mjs'), '--pairs', scratch('pairs.jsonl'), '--validation-fraction', '0.5'],
  ...['--set', 'data.maxResponseTokens=16', ...more],
];

test('ais evaluate in any number of shards measures what it measures at once, byte for byte', async () => {
  await smallModel(scratch('reference'), { seed: 4 });
  const rows = Array.from({ length: 160 }, (_, index) => ({
    id: `q${index}`,
    prompt: `Tell me about the ${'deep '.repeat(index % 7)}lake ${index}.`,
    completion: ' a',
  }));
  writeFileSync(scratch('many.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  const pairs = rows.slice(0, 20).map(({ prompt }) => ({ prompt, chosen: ' It is deep.', rejected: ' No.' }));
  writeFileSync(scratch('pairs.jsonl'), pairs.map((row) => JSON.stringify(row)).join('\n'));

  await ais(...evaluate('--out', scratch('whole.json'), '--json'));
  const whole = JSON.parse(text('whole.json'));
  expect(whole.metrics).toMatchObject({
    eval_kl: expect.any(Number),
    eval_win_rate: expect.any(Number),
    eval_judge_agreement: 1,
  });
  expect(whole.metrics.eval_kl).toBeGreaterThan(0);
  expect(whole.samples).toHaveLength(8);
  expect(JSON.parse(output.out)).toEqual(whole);
  output.out = '';
  await ais(...evaluate('--json'));
  expect(JSON.parse(output.out)).toEqual(whole);

  for (const count of [1, 2, 3, 7]) {
    const out = `of-${count}.json`;
    for (let index = count; index >= 1; index--) {
      await ais(...evaluate('--out', scratch(out), '--shard', `${index}/${count}`));
    }
    await ais('merge', scratch(out), '--allow', scratch('judge.mjs'));
    expect(text(out)).toBe(text('whole.json'));
  }
  expect(output.out).toMatch(/shard 7 of 7, 0 prompts → .*of-7\.json\.shard-7-of-7/);

  rmSync(scratch('of-3.json.shard-2-of-3'));
  expect(await runProgram(['merge', scratch('of-3.json')])).toBe(1);
  expect(output.err).toMatch(/of-3\.json: shard 2\/3 missing/);
  await ais(...evaluate('--out', scratch('of-3.json'), '--shard', '2/3', '--reference', scratch('model')));
  expect(await runProgram(['merge', scratch('of-3.json')])).toBe(1);
  expect(output.err).toMatch(/was started with a different reference: /);
});

test('ais train finds the reference’s log-probabilities that shards have computed', async () => {
  const pairs = Array.from({ length: 24 }, (_, index) => ({
    prompt: `Tell me about lake ${index}.`,
    chosen: ` It is ${'very '.repeat(index % 4)}deep.`,
    rejected: ' No.',
  }));
  writeFileSync(scratch('pairs.jsonl'), pairs.map((row) => JSON.stringify(row)).join('\n'));
  const train = (...more: string[]): string[] => [
    ...['train', ...backend, '--model', scratch('model'), '--pairs', scratch('pairs.jsonl'), '--steps', '2'],
    ...['--validation-fraction', '0.25', '--set', 'evaluation.points=1', '--set', 'evaluation.prompts=2'],
    ...['--batch-size', '4', '--set', 'data.maxResponseTokens=48', '--objective', 'ais-dpo', ...more],
  ];
  await ais(...train('--out', scratch('whole')));
  for (const count of [1, 2, 9]) {
    const run = `of-${count}`;
    for (let index = 1; index <= count; index++) {
      await ais(...train('--out', scratch(run), '--reference-shard', `${index}/${count}`));
    }
    if (count === 2) {
      const shard = scratch(run, 'reference-log-probs.json.shard-2-of-2');
      const content = readFileSync(shard);
      rmSync(shard);
      expect(await runProgram(train('--out', scratch(run)))).toBe(1);
      expect(output.err).toMatch(/reference-log-probs\.json: shard 2\/2 missing/);
      writeFileSync(shard, content);
    }
    output.err = '';
    await ais(...train('--out', scratch(run)));
    for (const file of ['reference-log-probs.json', 'held-out-reference-log-probs.json']) {
      expect(text(join(run, file))).toBe(text(join('whole', file)));
    }
    const weights = join('checkpoints', 'step-2', 'model.safetensors');
    expect(readFileSync(scratch(run, weights))).toEqual(readFileSync(scratch('whole', weights)));
  }
  expect(output.out).toMatch(/shard 2 of 9, \d+ pairs → .*reference-log-probs\.json\.shard-2-of-9/);
});

test.each<[string[], RegExp]>([
  [['evaluate', '--model', 'MODEL', '--shard', '1/2'], /--shard needs --out/],
  [
    ['train', '--model', 'MODEL', '--objective', 'dpo', '--reference-shard', '1/2'],
    /--reference-shard needs --out/,
  ],
  [
    ['train', '--model', 'MODEL', '--objective', 'simpo', '--out', 'o', '--reference-shard', '1/2'],
    /simpo does not read/,
  ],
  [['generate', '--shard', '0/2'], /Expected a shard, such as 2\/4, got "0\/2"/],
  [['generate', '--shard', '3/2'], /Expected a shard/],
  [['label', '--responses', 'r', '--scorer', 'oracle', '--shard', 'two'], /Expected a shard/],
])('%j is wrong usage', async (argv, message) => {
  expect(await runProgram(argv.map((word) => (word === 'MODEL' ? scratch('model') : word)))).toBe(2);
  expect(output.err).toMatch(message);
});
