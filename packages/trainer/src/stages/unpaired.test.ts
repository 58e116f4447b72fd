import type { CausalLanguageModel } from '@ais/language-model';
import {
  humanline,
  kto,
  type Objective,
  sumByRow,
  type TokenUnpairedBatch,
  type UnpairedBatch,
} from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keptModels } from '../../test/kept-models.js';
import { expectResumesBitForBit } from '../../test/resumed-run.js';
import { runFolder } from '../../test/run-folder.js';
import { tinyExamples, tinyModel, tinyPairs } from '../../test/tiny-model.js';
import { computeReferenceLogProbs } from '../inference/reference-log-probs.js';
import { trainPreference } from './preference.js';
import {
  evaluateUnpaired,
  type LabeledExample,
  mismatchedPairs,
  trainUnpaired,
  type UnpairedOptions,
} from './unpaired.js';

const folder = runFolder();
const kept = keptModels();
const newModel = (seed?: number): CausalLanguageModel => kept(tinyModel(seed));
const labeled = (count: number): LabeledExample[] =>
  tinyExamples(count).map((example, index) => ({ ...example, desirable: index % 3 !== 1 }));
const options = (name: string, more: Partial<UnpairedOptions> = {}): UnpairedOptions => ({
  directory: folder(name),
  seed: 1,
  batchSize: 4,
  learningRate: 1e-2,
  ...more,
});
const referenceOf = (model: CausalLanguageModel, examples: readonly LabeledExample[], tokens = false) =>
  computeReferenceLogProbs(model, mismatchedPairs(examples), { microBatchSize: 4, tokens });

describe('mismatchedPairs', () => {
  const row = (id: string, prompt: number, response: number): LabeledExample => ({
    id,
    prompt: [prompt],
    response: [response],
    desirable: true,
  });

  it('gives each prompt a response to another one, as far before it as the prompt with most rows has rows', () => {
    const rows = [row('a', 1, 10), row('b', 1, 11), row('c', 2, 12), row('d', 2, 13), row('e', 3, 14)];
    expect(mismatchedPairs(rows).map(({ rejected }) => rejected[0])).toEqual([13, 14, 10, 11, 12]);
    expect(mismatchedPairs(rows).map(({ chosen }) => chosen[0])).toEqual([10, 11, 12, 13, 14]);
  });

  it('gives the row before where each prompt has one row', () => {
    const rows = [row('a', 1, 10), row('b', 2, 11), row('c', 3, 12)];
    expect(mismatchedPairs(rows).map(({ rejected }) => rejected[0])).toEqual([12, 10, 11]);
  });

  it('gives desirable responses the share that they have, also where pairs were taken apart', () => {
    const rows = [1, 2, 3, 4].flatMap((prompt) => [
      row(`${prompt}/chosen`, prompt, 100 + prompt),
      row(`${prompt}/rejected`, prompt, 200 + prompt),
    ]);
    expect(mismatchedPairs(rows).map(({ rejected }) => rejected[0])).toEqual([
      104, 204, 101, 201, 102, 202, 103, 203,
    ]);
  });

  it('takes each response once, and none to the same prompt if no prompt has more than half of the rows', () => {
    const places = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(places, (prompts) => {
        const rows = prompts.map((prompt, index) => row(`${index}`, prompt, index));
        const taken = mismatchedPairs(rows).map(({ rejected }) => rejected[0] as number);
        expect(taken.toSorted((a, b) => a - b)).toEqual(prompts.map((_, index) => index));
        const most = Math.max(...prompts.map((prompt) => prompts.filter((other) => other === prompt).length));
        const matched = prompts.filter((prompt, index) => prompts[taken[index] as number] === prompt).length;
        expect(matched).toBe(Math.max(0, 2 * most - prompts.length));
      }),
    );
  });

  it('takes each response of a row that stands there twice, as one object, as often as it stands there', () => {
    const rows = [row('a', 1, 10), row('b', 2, 11), row('c', 3, 12)];
    const twice = [...rows, ...rows.slice(0, 2)];
    const taken = mismatchedPairs(twice).map(({ rejected }) => rejected[0]);
    expect(taken.toSorted()).toEqual([10, 10, 11, 11, 12]);
    expect(mismatchedPairs(structuredClone(twice))).toEqual(mismatchedPairs(twice));
  });

  it('makes do with what there is', () => {
    expect(mismatchedPairs([row('a', 1, 10)])[0]).toMatchObject({ chosen: [10], rejected: [10] });
    expect(mismatchedPairs([row('a', 1, 10), row('b', 1, 11)]).map(({ rejected }) => rejected[0])).toEqual([
      11, 10,
    ]);
  });
});

describe('trainUnpaired', () => {
  it.each([1, 3, 4])(
    'prepares what is named and nothing else, in micro-batches of %i',
    async (microBatchSize) => {
      const examples = labeled(8);
      const [policy, fixed] = [newModel(), newModel(2)];
      const reference = await referenceOf(fixed, examples, true);
      const pairs = mismatchedPairs(examples);
      const sums = tf.tidy(() => policy.responseLogProbs(pairs).rejected.dataSync());
      const seen: UnpairedBatch[] = [];
      const objective: Objective<UnpairedBatch> = {
        ...kto({ beta: 0.1 }),
        requires: { feedback: 'unpaired', reference: true, divergence: true, tokens: true },
        evaluate(batch) {
          seen.push(batch);
          for (const tensor of Object.values(batch)) tf.keep(tensor);
          return kto({ beta: 0.1 }).evaluate(batch);
        },
      };
      await trainUnpaired(policy, reference, examples, objective, {
        ...options('run', { microBatchSize, learningRate: 0, batchSize: 8, steps: 1 }),
        startsAwayFromReference: true,
      });
      const [, ...batches] = seen;
      expect(batches.flatMap(({ policy: rows }) => [...rows.dataSync()])).toHaveLength(8);
      const ratios = [...sums].map((sum, index) => sum - (reference.rejected[index] ?? Number.NaN));
      const z = Math.max(0, ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length);
      for (const batch of batches) {
        expect(Object.keys(batch).sort()).toEqual(
          [
            'policy',
            'reference',
            'length',
            'label',
            'divergence',
            'policyTokens',
            'referenceTokens',
            'tokenRow',
          ].sort(),
        );
        for (const value of (batch.divergence as tf.Tensor).dataSync()) expect(value).toBeCloseTo(z, 4);
        const { tokenRow, policyTokens } = batch as TokenUnpairedBatch;
        expect(tokenRow.size).toBe(policyTokens.size);
      }
      tf.dispose(seen.flatMap((batch) => Object.values(batch)));
    },
  );

  it('learns what is desirable and unlearns what is not', async () => {
    const examples = labeled(9);
    const model = newModel();
    const reference = await referenceOf(model, examples);
    const { metrics } = await trainUnpaired(
      model,
      reference,
      examples,
      kto({ beta: 0.5 }),
      options('run', { epochs: 12, batchSize: 9 }),
    );
    expect(metrics['rewards/chosen']).toBeGreaterThan(0.2);
    expect(metrics['rewards/rejected']).toBeLessThan(-0.2);
    expect(metrics['rewards/margins']).toBeCloseTo(metrics['rewards/chosen']! - metrics['rewards/rejected']!);
    expect(metrics['kl']).toBeGreaterThanOrEqual(0);
    const held = await evaluateUnpaired(model, reference, examples, kto({ beta: 0.5 }), { batchSize: 2 });
    expect(held['eval_unpaired_loss']).toBeLessThan(0.45);
    expect(held['eval_rewards/margins']).toBeGreaterThan(0.4);
  });

  it('evaluates an objective over whole batches on all rows at once', async () => {
    const examples = labeled(7);
    const model = newModel();
    const sizes: number[] = [];
    const objective: Objective<UnpairedBatch> = {
      specificationVersion: 'v2',
      name: 'variance',
      requires: { feedback: 'unpaired', reference: false, tokens: true, wholeBatch: true },
      evaluate(batch) {
        const { policy, policyTokens, tokenRow } = batch as TokenUnpairedBatch;
        sizes.push(policy.size);
        const sums = sumByRow(policyTokens, tokenRow, policy.size);
        return { losses: tf.square(tf.sub<tf.Tensor1D>(sums, tf.mean(policy))), metrics: { policy } };
      },
    };
    const evaluate = (batchSize: number) =>
      evaluateUnpaired(model, undefined, examples, objective, { batchSize });
    const [whole, small] = [await evaluate(7), await evaluate(2)];
    expect(sizes).toEqual([7, 7]);
    expect(small['eval_unpaired_loss']).toBeCloseTo(whole['eval_unpaired_loss'] as number, 4);
    expect(small['eval_policy']).toBeCloseTo(whole['eval_policy'] as number, 5);
  });

  it('resumes bit for bit after an interruption, the reference moving too', async () => {
    const examples = labeled(12);
    const objective = humanline(kto({ beta: 0.1 }));
    const reference = await referenceOf(newModel(), examples, true);
    const common = () => ({
      epochs: 2,
      microBatchSize: 2,
      checkpointEvery: 5,
      referenceSync: { every: 2, mixup: 1, model: newModel() },
    });
    const train = (name: string, more: Partial<UnpairedOptions>) =>
      trainUnpaired(newModel(), reference, examples, objective, options(name, { ...common(), ...more }));
    const files = ['model.safetensors', 'optimizer.safetensors', 'reference.safetensors'];
    await expectResumesBitForBit(folder, train, { abortAt: 4, lastStep: 6, files });
  });

  it('refuses objectives over pairs, and trainPreference refuses it', async () => {
    const examples = labeled(4);
    const model = newModel();
    const reference = await referenceOf(model, examples);
    await expect(
      trainPreference(model, reference, tinyPairs(4), kto({ beta: 1 }) as never, options('a')),
    ).rejects.toThrow(/"kto" learns from labeled responses, not from pairs/);
    await expect(
      trainUnpaired(model, undefined, examples, kto({ beta: 1 }), options('b')),
    ).rejects.toMatchObject({ code: 'missing-reference' });
    await expect(
      trainUnpaired(model, reference, labeled(5), kto({ beta: 1 }), options('c')),
    ).rejects.toMatchObject({ code: 'reference-mismatch' });
  });
});
