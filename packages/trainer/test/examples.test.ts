import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { functionScorer } from '@ais/gold-eval';
import * as languageModel from '@ais/language-model';
import * as objectives from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { documentedExamples, runExample } from '../../../tools/vitest/documented-examples.js';
import * as inMemory from '../src/in-memory.js';
import * as trainer from '../src/index.js';
import * as inference from '../src/inference.js';
import * as loop from '../src/loop.js';
import * as runs from '../src/runs.js';
import * as testing from '../src/testing.js';

const start = process.cwd();
let scratch = '';
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-trainer-examples-'));
  process.chdir(scratch);
  await mkdir('runs/dpo', { recursive: true });
  await writeFile('runs/dpo/metrics.jsonl', '');
});
afterEach(async () => {
  process.chdir(start);
  await rm(scratch, { recursive: true });
});

const examples = await documentedExamples(new URL('../', import.meta.url));

/** What an example imports, and what its reader has unless the example makes it: small models, and data of one token per word. */
function scope(code: string): Record<string, unknown> {
  const shape = { vocabularySize: 16, hiddenSize: 16, layerCount: 1, headCount: 2 };
  const policy = languageModel.createModel(shape, { seed: 1 });
  // Training on samples names its prompts.
  const prompts = /trainOnline|trainPolicy/.test(code)
    ? [
        { id: 'a', prompt: [1, 2] },
        { id: 'b', prompt: [2, 1] },
      ]
    : [
        [1, 2],
        [2, 1],
      ];
  const whole: Record<string, unknown> = {
    ...languageModel,
    ...objectives,
    ...trainer,
    ...inference,
    ...loop,
    ...runs,
    ...inMemory,
    ...testing,
    tf,
    // The README chooses a back end; the tests have one.
    useBackend: async () => {},
    policy,
    model: policy,
    prompts,
    reference: languageModel.createModel(shape, { seed: 2 }),
    gold: languageModel.createRewardModel(policy, { seed: 3 }),
    scorer: functionScorer<languageModel.PromptResponse>('short@1', ({ response }) => -response.length),
    generations: [{ prompt: 0, tokens: [3, 0] }],
    pairs: [
      { id: 'a', prompt: [1, 2], chosen: [3, 0], rejected: [4, 5, 0] },
      { id: 'b', prompt: [2, 1], chosen: [6, 0], rejected: [7, 0] },
    ],
    examples: [
      { id: 'a', prompt: [1, 2], response: [3, 0] },
      { id: 'b', prompt: [2, 1], response: [6, 0] },
    ],
    labeled: [
      { id: 'a', prompt: [1, 2], response: [3, 0], desirable: true },
      { id: 'b', prompt: [2, 1], response: [7, 0], desirable: false },
    ],
    gradients: new Map(),
    lines: [],
    options: {
      directory: 'runs/example',
      seed: 1,
      steps: 1,
      batchSize: 2,
      microBatchSize: 2,
      learningRate: 1e-3,
      maxNewTokens: 4,
    },
  };
  const declared = (name: string): boolean =>
    new RegExp(`const (\\{[^}]*\\b|\\[[^\\]]*\\b)?${name}\\b`).test(code);
  return Object.fromEntries(Object.entries(whole).filter(([name]) => !declared(name)));
}

test.each(examples)('$name', async ({ code, printed }) => {
  const lines = await runExample(code, scope(code));
  for (const [index, line] of printed.entries()) {
    if (line !== undefined) expect(lines[index]).toBe(line);
  }
});

test('finds the examples', () => {
  expect(examples.length).toBeGreaterThan(40);
});
