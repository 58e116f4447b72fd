import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judgePairs } from '@ais/gold-eval';
import { loadPretrained } from '@ais/language-model';
import { dpo, rloo } from '@ais/objectives';
import { writeJson } from '@ais/runtime/files';
import { policyEvaluator } from '@ais/trainer';
import { mergeShards } from '@ais/trainer/runs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { documentedExamples, runExample } from '../../../tools/vitest/documented-examples.js';
import * as pipeline from '../src/index.js';
import * as settings from '../src/settings/index.js';

const start = process.cwd();
/** A folder with what the reader of an example has: a model, its responses, pairs of them, and evaluations. */
let given = '';
let corpus: pipeline.Corpus;
let scratch = '';

beforeAll(async () => {
  given = await mkdtemp(join(tmpdir(), 'ais-pipeline-given-'));
  process.chdir(given);
  const { runContext, stepContext, textLayer: ofModel } = pipeline;
  const sft = await settings.readSettings('sft', {
    flags: { preset: 'tiny', data: { records: 32 }, training: { steps: 2 }, evaluation: { points: 0 } },
  });
  await pipeline.runSft(sft, runContext('runs/sft'));
  const model = await pipeline.openModelText(await pipeline.findModel('runs/sft'));
  const request = pipeline.corpusRequest(
    { ...sft, source: 'synthetic' },
    { supervised: 'all', evaluation: 8 },
    'tiny',
  );
  corpus = await pipeline.prepareCorpus(request, { model }, stepContext());
  const generate = await settings.readSettings('generate', {
    flags: { model: 'runs/sft', prompts: 16 },
    ofModel,
  });
  await pipeline.runGenerate(generate, 'responses.jsonl', stepContext());
  const label = await settings.readSettings('label', {
    flags: { responses: 'responses.jsonl', scorer: 'oracle' },
  });
  await pipeline.runLabel(label, 'pairs.jsonl', stepContext());
  for (const [step, rate] of [
    [0, 0.5],
    [20, 0.75],
  ]) {
    await writeJson(`runs/train/evaluations/step-${step}.json`, {
      step,
      metrics: { eval_win_rate: rate },
      responses: [],
    });
  }
});
afterAll(async () => {
  process.chdir(start);
  await rm(given, { recursive: true });
});

// Each example begins with that folder, and none sees what another one wrote.
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-pipeline-examples-'));
  await cp(given, scratch, { recursive: true });
  process.chdir(scratch);
});
afterEach(async () => {
  process.chdir(given);
  await rm(scratch, { recursive: true });
});

const examples = await documentedExamples(new URL('../', import.meta.url));

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(65);
});

/** Tried for real elsewhere: what needs a model or a run, and what talks to the Hub. */
const tried = {
  findModel: async (name: string) =>
    name === 'smollm2-135m-instruct' ? `models/${name}` : pipeline.findModel(name),
  openChat: async () => ({ say: async () => ({ text: 'Paris.' }) }),
  pullModel: async () => ({ directory: 'models/smollm2-135m-instruct' }),
  exportModel: async () => 'dpo.gguf',
  preparePush: async () => ({
    upload: async () => ({ url: 'https://huggingface.co/owner/name' }),
    dispose: async () => {},
  }),
};

/** Of the packages below, what examples use. The README chooses a back end; the tests have one. */
const below = { dpo, judgePairs, mergeShards, policyEvaluator, rloo, useBackend: async () => {} };

test.each(examples)('$name', async ({ code, printed }) => {
  // An example that makes the model does so in a new folder.
  if (code.includes("runContext('runs/sft')")) await rm('runs/sft', { recursive: true });
  const [model, reference] = await Promise.all(
    /\bmodel\b/.test(code) && /\bcorpus\b/.test(code)
      ? [loadPretrained('runs/sft'), loadPretrained('runs/sft')]
      : [],
  );
  try {
    const scope = { ...settings, ...pipeline, ...below, ...tried, corpus, model, reference, z, writeFile };
    const lines = await runExample(code, scope);
    expect(lines.map((line, index) => printed[index] && line.trim())).toEqual(printed);
  } finally {
    model?.dispose();
    reference?.dispose();
  }
});
