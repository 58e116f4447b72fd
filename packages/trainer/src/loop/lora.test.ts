import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  addLora,
  type CausalLanguageModel,
  createRewardModel,
  loadPretrained,
  loadRewardModel,
  type RewardModel,
} from '@ais/language-model';
import { dpo } from '@ais/objectives';
import { readJson } from '@ais/runtime/files';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { keptModels } from '../../test/kept-models.js';
import { expectResumesBitForBit } from '../../test/resumed-run.js';
import { runFolder, untimedMetrics } from '../../test/run-folder.js';
import { tinyExamples, tinyModel, tinyPairs } from '../../test/tiny-model.js';
import { computeReferenceLogProbs } from '../inference/reference-log-probs.js';
import { fingerprintParameters } from '../run/fingerprint.js';
import { readSafetensors } from '../run/safetensors.js';
import { trainPreference } from '../stages/preference.js';
import { trainRewardModel } from '../stages/reward-model.js';
import { trainSft } from '../stages/sft.js';
import type { TrainingOptions } from './training-options.js';

const folder = runFolder();
const keep = keptModels();
const options = (name: string, more: Partial<TrainingOptions> = {}): TrainingOptions => ({
  directory: folder(name),
  seed: 1,
  steps: 6,
  batchSize: 4,
  learningRate: 3e-2,
  lora: { rank: 2, alpha: 3 },
  ...more,
});

it('trains adapters alone, and saves the merged model, which gives the same logits, and PEFT names beside it', async () => {
  const model = keep(tinyModel());
  const before = new Map(
    [...model.parameters].map(([name, variable]) => [name, variable.dataSync().slice()]),
  );
  const tensors = tf.memory().numTensors;
  const { metrics, checkpoint } = await trainSft(model, tinyExamples(8), options('run', { steps: 40 }));
  expect(tf.memory().numTensors).toBe(tensors);
  const first = (await untimedMetrics(folder('run')))[0]?.['loss'] as number;
  expect(metrics['loss']).toBeLessThan(0.8 * first);
  for (const [name, variable] of model.parameters) {
    const same = variable.dataSync().every((value, index) => value === before.get(name)?.[index]);
    expect(same, name).toBe(!/layers.*(query_key_value|dense).*weight/.test(name));
  }
  const loaded = keep(await loadPretrained(checkpoint));
  const tokens = [[1, 2, 3, 4]];
  const [own, merged] = [model, loaded].map((some) => tf.tidy(() => some.logits(tokens).dataSync()));
  expect(merged).toEqual(own);

  const stored = await readSafetensors(join(checkpoint, 'adapter', 'adapter_model.safetensors'));
  const module = 'gpt_neox.layers.0.attention.query_key_value';
  const a = stored.get(`base_model.model.${module}.lora_A.weight`);
  const b = stored.get(`base_model.model.${module}.lora_B.weight`);
  expect([a?.shape, b?.shape]).toEqual([
    [2, 16],
    [48, 2],
  ]);
  const start = before.get(`${module}.weight`) ?? new Float32Array();
  model.parameters
    .get(`${module}.weight`)
    ?.dataSync()
    .forEach((value, index) => {
      const [row, column] = [Math.floor(index / 16), index % 16];
      const product = [0, 1].reduce(
        (sum, r) => sum + (b?.values[2 * row + r] ?? 0) * (a?.values[16 * r + column] ?? 0),
        0,
      );
      expect(value).toBeCloseTo((start[index] ?? 0) + 1.5 * product, 5);
    });
});

it('leaves the weights alone until the end, and everything that reads the model meanwhile reads it with its adapters', async () => {
  const [model, reference] = [keep(tinyModel()), keep(tinyModel())];
  const pairs = tinyPairs(4);
  const weights = () => [...model.parameters.values()].map((variable) => variable.dataSync().slice());
  const logits = (of: CausalLanguageModel) => tf.tidy(() => of.logits([[1, 2, 3, 4]]).dataSync());
  const before = { weights: weights(), logits: logits(model) };
  const meanwhile: { weights: Float32Array[]; logits: ArrayLike<number>; fingerprint: string }[] = [];
  const logProbs = await computeReferenceLogProbs(reference, pairs, { microBatchSize: 4 });
  await trainPreference(
    model,
    logProbs,
    pairs,
    dpo({ beta: 0.5 }),
    options('run', {
      evaluateAt: [6],
      async onEvaluate() {
        const fingerprint = await fingerprintParameters(model.parameters);
        meanwhile.push({ weights: weights() as Float32Array[], logits: logits(model), fingerprint });
        return {};
      },
      referenceSync: { every: 6, mixup: 1, model: reference },
    } as Partial<TrainingOptions>),
  );
  expect(meanwhile[0]?.weights).toEqual(before.weights);
  expect(meanwhile[0]?.logits).not.toEqual(before.logits);
  expect(logits(model)).toEqual(meanwhile[0]?.logits);
  expect(await fingerprintParameters(model.parameters)).toBe(meanwhile[0]?.fingerprint);
  expectClose(logits(reference), logits(model));
  expect([...model.parameters.values()].every(({ trainable }) => trainable)).toBe(true);
});

it('begins at the reference, and resumes bit for bit', async () => {
  const pairs = tinyPairs(9);
  const train = async (name: string, more: Partial<TrainingOptions> = {}) => {
    const model = keep(tinyModel());
    const reference = await computeReferenceLogProbs(model, pairs, { microBatchSize: 4 });
    return trainPreference(
      model,
      reference,
      pairs,
      dpo({ beta: 0.5 }),
      options(name, { checkpointEvery: 1, ...more }),
    );
  };
  await expectResumesBitForBit(folder, train, {
    abortAt: 3,
    lastStep: 6,
    files: ['model.safetensors', 'optimizer.safetensors', 'adapter/adapter_model.safetensors'],
  });
  expect((await untimedMetrics(folder('whole')))[0]?.['loss']).toBeCloseTo(Math.LN2, 5);
  await expect(train('broken', { resume: true, lora: { rank: 3 } })).rejects.toMatchObject({
    key: 'lora.rank',
  });
});

const FAMILIES = fileURLToPath(new URL('../../../language-model/fixtures/families/', import.meta.url));
const TOKENS = [
  [5, 9, 3, 2, 8, 1, 7],
  [11, 3, 3, 10, 4, 6, 2],
];

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let index = 0; index < actual.length; index++) {
    expect(Math.abs((actual[index] as number) - (expected[index] as number))).toBeLessThan(1e-4);
  }
}

it.each(['gpt-neox', 'gpt2', 'llama'])(
  'writes an adapter of its base beside the merged %s',
  async (family) => {
    const base = join(FAMILIES, family);
    const [model, before] = [keep(await loadPretrained(base)), keep(await loadPretrained(base))];
    const logits = (of: CausalLanguageModel) => tf.tidy(() => of.logits(TOKENS).dataSync());
    const { checkpoint } = await trainSft(model, tinyExamples(8), options(`sft-${family}`));
    const adapter = join(checkpoint, 'adapter');
    expect(await readJson(join(adapter, 'adapter_config.json'))).toMatchObject({
      peft_type: 'LORA',
      task_type: 'CAUSAL_LM',
      base_model_name_or_path: base,
      r: 2,
      lora_alpha: 3,
      modules_to_save: null,
      fan_in_fan_out: family === 'gpt2',
    });
    for (const loaded of [
      await loadPretrained(adapter),
      await loadPretrained(base, { adapter: checkpoint }),
    ]) {
      expectClose(logits(keep(loaded)), logits(model));
    }
    expect(
      Math.max(...logits(model).map((value, at) => Math.abs(value - (logits(before)[at] ?? 0)))),
    ).toBeGreaterThan(0.1);
  },
);

it('freezes the adapters that are named, and trains the others', async () => {
  const frozen = 'gpt_neox.layers.0.attention.dense.lora_A.weight';
  const { checkpoint } = await trainSft(
    keep(tinyModel()),
    tinyExamples(8),
    options('run', { freeze: (name) => name === frozen }),
  );
  const start = keep(tinyModel());
  const { parameters } = addLora(start, { rank: 2, seed: 1 });
  const stored = await readSafetensors(join(checkpoint, 'adapter', 'adapter_model.safetensors'));
  const unchanged = [...parameters]
    .filter(
      ([name, variable]) => `${stored.get(`base_model.model.${name}`)?.values}` === `${variable.dataSync()}`,
    )
    .map(([name]) => name);
  expect(unchanged).toEqual([frozen]);
});

it("trains a reward model's head as a whole, which its adapter holds", async () => {
  const base = join(FAMILIES, 'llama');
  const model = createRewardModel(keep(await loadPretrained(base)), { seed: 2 });
  const before = model.parameters.get('score.weight')?.dataSync().slice();
  const { checkpoint } = await trainRewardModel(model, tinyPairs(8), options('run'));
  expect(model.parameters.get('score.weight')?.dataSync()).not.toEqual(before);
  const adapter = join(checkpoint, 'adapter');
  expect(await readJson(join(adapter, 'adapter_config.json'))).toMatchObject({
    task_type: 'SEQ_CLS',
    modules_to_save: ['score'],
  });
  const loaded = await loadRewardModel(adapter);
  const scores = (of: RewardModel) => tf.tidy(() => of.scores(TOKENS).dataSync());
  expectClose(scores(loaded), scores(model));
  model.dispose();
  loaded.dispose();
});

it.each([{ rank: 0 }, { rank: 1.5 }, { rank: 2, alpha: 0 }])('refuses %j', async (lora) => {
  await expect(trainSft(keep(tinyModel()), tinyExamples(4), options('run', { lora }))).rejects.toMatchObject({
    code: 'invalid-option',
  });
});
