import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { runProgram } from './program.js';

let root: string;
const output = capturedOutput();
const at = (...parts: string[]): string => join(root, ...parts);
const common = ['--preset', 'tiny', '--backend', process.env['AIS_BACKEND'] ?? 'wasm', '--json'];
const read = [...common, '--set', 'data.heldOut=4', '--set', 'data.maxResponseTokens=12'];
const training = [...read, '--batch-size', '4', '--steps', '1'];
const noEvaluation = ['--set', 'evaluation.points=0'];
const judged = [
  '--set',
  'evaluation.points=1',
  '--set',
  'evaluation.prompts=2',
  '--set',
  'evaluation.klPrompts=2',
];
const prompts = ['--prompts', '4'];
const evaluated = [...prompts, '--set', 'klPrompts=4'];
const source = (): string[] => ['--source', at('questions.jsonl')];

/** The weights of a model that fit a name, changed in place: each number, or the first one alone. */
function damage(folder: string, name: RegExp, value: number, { all = false } = {}): void {
  const file = join(folder, 'model.safetensors');
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<string, { data_offsets?: number[] }>;
  let found = 0;
  for (const [tensor, { data_offsets: [from = 0, to = 0] = [] }] of Object.entries(header)) {
    if (!name.test(tensor)) continue;
    found += 1;
    for (let offset = from; offset < (all ? to : from + 4); offset += 4)
      bytes.writeFloatLE(value, start + offset);
  }
  expect(found).toBeGreaterThan(0);
  writeFileSync(file, bytes);
}

async function succeed(...argv: string[]): Promise<void> {
  expect(await runProgram(argv), output.err).toBe(0);
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'ais-damaged-'));
  const questions = Array.from({ length: 16 }, (_, index) => ({
    question: `${index} + 1?`,
    answer: `${index + 1}.`,
  }));
  writeFileSync(at('questions.jsonl'), questions.map((row) => JSON.stringify(row)).join('\n'));
  writeFileSync(
    at('judge.mjs'),
    `export default { specificationVersion: 'v1', name: 'length',
       score: async (items) => items.map(({ response }) => response.length) };`,
  );
  await succeed('sft', ...training, ...source(), ...noEvaluation, '--out', at('sft'));
  await succeed('reward', ...training, ...source(), '--model', at('sft'), '--out', at('reward'));
  await succeed(
    'generate',
    ...read,
    ...source(),
    '--model',
    at('sft'),
    ...prompts,
    '--out',
    at('responses.jsonl'),
  );
  const parts = { sft: /final_layer_norm\.weight$/, reward: /score\.weight$/ } as const;
  for (const run of ['sft', 'reward'] as const) {
    for (const [kind, value, all] of [
      ['nan', Number.NaN, false],
      ['infinite', Number.NEGATIVE_INFINITY, false],
      ['huge', 3e38, true],
    ] as const) {
      const folder = at(kind, run);
      cpSync(at(run, 'checkpoints', 'step-1'), folder, { recursive: true });
      // In a model without one, only the numbers tell that they are damaged.
      rmSync(join(folder, 'manifest.json'));
      damage(folder, parts[run], value, { all });
      // Their sum overflows, though each number is finite.
      if (kind === 'huge') damage(folder, /final_layer_norm\.weight$/, value, { all });
    }
  }
  writeFileSync(
    at('study.yaml'),
    `name: damaged
title: Damaged
runs: [{ title: DPO, objective: dpo, importance: none, beta: 0.1 }]
settings:
  source: ./questions.jsonl
  gold: { judge: human }
  corpus: { evaluation: 4, vocabularySize: 300, maxResponseTokens: 12 }
  evaluation: { points: 1, klPrompts: 2 }
`,
  );
});
afterAll(() => rmSync(root, { recursive: true }));

/** Every command that reads a model, by the folder of the damaged one; a file or a folder that it is to write is the last word. */
const commands: readonly (readonly [
  name: string,
  model: 'sft' | 'reward',
  argv: (model: string) => string[],
])[] = [
  [
    'sft --model',
    'sft',
    (model) => ['sft', ...training, ...source(), ...noEvaluation, '--model', model, '--out'],
  ],
  ['reward --model', 'sft', (model) => ['reward', ...training, ...source(), '--model', model, '--out']],
  [
    'train --model',
    'sft',
    (model) => ['train', ...training, ...source(), ...noEvaluation, '--model', model, '--out'],
  ],
  [
    'train --scorer',
    'reward',
    (judge) => [
      'train',
      ...training,
      ...source(),
      ...judged,
      '--model',
      at('sft'),
      '--scorer',
      judge,
      '--out',
    ],
  ],
  [
    'train --online --scorer',
    'reward',
    (judge) => [
      'train',
      ...training,
      ...source(),
      ...noEvaluation,
      '--online',
      '--model',
      at('sft'),
      '--scorer',
      judge,
      '--out',
    ],
  ],
  [
    'generate --model',
    'sft',
    (model) => ['generate', ...read, ...source(), ...prompts, '--model', model, '--out'],
  ],
  [
    'generate --temperature 0',
    'sft',
    (model) => [
      'generate',
      ...read,
      ...source(),
      ...prompts,
      '--temperature',
      '0',
      '--model',
      model,
      '--out',
    ],
  ],
  [
    'label --scorer',
    'reward',
    (judge) => ['label', ...common, '--responses', at('responses.jsonl'), '--scorer', judge, '--out'],
  ],
  ['evaluate --model', 'sft', (model) => ['evaluate', ...read, ...source(), ...evaluated, '--model', model]],
  [
    'evaluate --reference',
    'sft',
    (model) => ['evaluate', ...read, ...source(), ...evaluated, '--model', at('sft'), '--reference', model],
  ],
  [
    'evaluate --scorer',
    'reward',
    (judge) => ['evaluate', ...read, ...source(), ...evaluated, '--model', at('sft'), '--scorer', judge],
  ],
  ['model export --to gguf', 'sft', (model) => ['model', 'export', model, '--to', 'gguf', '--out']],
  [
    'study, policy',
    'sft',
    (model) => [
      'study',
      at('study.yaml'),
      '--processes',
      '1',
      '--set',
      `policy={"pretrained":"${model}"}`,
      '--store',
      at('store'),
      '--out',
    ],
  ],
  [
    'study, gold model',
    'sft',
    (model) => [
      'study',
      at('study.yaml'),
      '--processes',
      '1',
      '--set',
      `gold.model={"pretrained":"${model}"}`,
      '--store',
      at('store'),
      '--out',
    ],
  ],
  [
    'study, judge',
    'reward',
    (judge) => [
      'study',
      at('study.yaml'),
      '--processes',
      '1',
      '--set',
      `policy={"pretrained":"${at('sft')}"}`,
      '--judge',
      judge,
      '--store',
      at('store'),
      '--out',
    ],
  ],
];

/** Runs a command with a damaged model; returns its exit status. */
function run(model: string, kind: string, argv: (model: string) => string[]): Promise<number> {
  const words = argv(at(kind, model));
  return runProgram(words.at(-1) === '--out' ? [...words, at(`out-${Math.random()}`)] : words);
}

describe.each([
  ['nan', 'NaN'],
  ['infinite', '-Infinity'],
])('a number of a checkpoint that is %s ends', (kind, found) => {
  test.each(commands)('ais %s, which names file and tensor', async (_, model, argv) => {
    expect(await run(model, kind, argv), output.err).toBe(1);
    expect(output.err).toContain(join(at(kind, model), 'model.safetensors'));
    expect(output.err).toMatch(/(final_layer_norm|score)\.weight/);
    expect(output.err).toContain(`${found} at 0`);
  });
});

/** The commands that compute: an export writes numbers as they are. */
const computing = commands.filter(([name]) => !name.startsWith('model export'));

test.each(computing)('finite weights that overflow end ais %s at the first use', async (_, model, argv) => {
  expect(await run(model, 'huge', argv), output.err).toBe(1);
  expect(output.err).toMatch(/computes NaN or infinity/);
});

test('a temperature near 0 is greedy, as 0 is', async () => {
  const generate = ['generate', ...read, ...source(), ...prompts, '--model', at('sft'), '--samples', '1'];
  const texts: string[] = [];
  for (const temperature of ['0', '1e-320', '1e-12', '9e-6']) {
    const out = at(`at-${temperature}.jsonl`);
    await succeed(...generate, '--temperature', temperature, '--out', out);
    texts.push(readFileSync(out, 'utf8'));
  }
  expect(new Set(texts).size).toBe(1);
  const evaluate = [
    'evaluate',
    ...read,
    ...source(),
    ...evaluated,
    '--model',
    at('sft'),
    '--scorer',
    at('judge.mjs'),
  ];
  const metrics: unknown[] = [];
  for (const temperature of ['0', '1e-320', '9e-6']) {
    output.out = '';
    await succeed(...evaluate, '--temperature', temperature);
    metrics.push(JSON.parse(output.out).metrics);
  }
  expect(metrics[1]).toEqual(metrics[0]);
  expect(metrics[2]).toEqual(metrics[0]);
});
