import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    ...{ id: `q${index}`, prompt: `Tell me about the ${word}.`, completion: ' a' },
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
  expect(output.err).toMatch(/settings\.seed/);
});

test('ais label in any number of shards draws the labels that it draws at once', async () => {
  const responses = Array.from({ length: 22 }, (_, index) => ({
    ...{ id: `q${index >> 1}`, sample: index % 2, finished: true },
    ...{ promptText: `Question ${index >> 1}`, responseText: 'x'.repeat(1 + ((7 * index) % 5)) },
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
    // The shards name code, which somebody else may have put there.
    expect(await runProgram(['merge', scratch(out)])).toBe(2);
    expect(output.err).toMatch(/names code or a server that this would use/);
    await ais('merge', scratch(out), '--allow', scratch('judge.mjs'));
    expect(text(out)).toBe(text('whole.jsonl'));
  }
  copyFileSync(scratch('of-3.jsonl.shard-2-of-3'), scratch('of-3.jsonl.shard-1-of-3'));
  expect(await runProgram(['merge', scratch('of-3.jsonl')])).toBe(1);
  expect(output.err).toMatch(/are both shard 2\/3/);
});

test.each<[string[], RegExp]>([
  [['generate', '--shard', '0/2'], /Expected a shard, such as 2\/4, got "0\/2"/],
  [['generate', '--shard', '3/2'], /Expected a shard/],
  [['label', '--responses', 'r', '--scorer', 'oracle', '--shard', 'two'], /Expected a shard/],
])('%j is wrong usage', async (argv, message) => {
  expect(await runProgram(argv)).toBe(2);
  expect(output.err).toMatch(message);
});
