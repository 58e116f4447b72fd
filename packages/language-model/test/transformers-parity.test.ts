import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors } from '../src/checkpoint/safetensors.js';
import {
  type CausalLanguageModel,
  loadPretrained,
  loadRewardModel,
  type PairTokens,
  type PromptResponse,
  type RewardModel,
} from '../src/index.js';
import { rotaryTable, rotate } from '../src/layers/rotary.js';

interface Golden {
  versions: Record<string, string>;
  tokens: number[][];
  logits: number[][][];
  pairs: PairTokens[];
  examples: PromptResponse[];
  prompts: number[][];
  referenceMargin: number[];
  beta: number;
  nll: number;
  chosen: number[];
  rejected: number[];
  dpo: number;
  greedy: number[][];
  /** Sequences of several lengths, and log π of each token but the first, by how transformers was given them. */
  ragged: number[][];
  logProbs: Record<'left' | 'right' | 'packed', number[][]>;
  /** The next token's distribution after the first prompt. */
  sampling: {
    options: { temperature: number; topK?: number; topP?: number };
    probabilities: number[];
  }[];
  rotary: { positions: number[]; before: number[][]; after: number[][] };
  sequences: number[][];
  scores: number[];
  rewardLoss: number;
}

const fixture = (path: string): string => fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url));

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let index = 0; index < actual.length; index++) {
    const difference = Math.abs((actual[index] as number) - (expected[index] as number));
    if (!(difference <= worst)) worst = difference;
  }
  expect(worst).toBeLessThanOrEqual(tolerance);
}

/** Every parameter's gradient against the file's: 1e-3 of the largest entry of all, and 1e-3 absolute. */
async function expectGradients(
  loss: () => tf.Scalar,
  model: CausalLanguageModel | RewardModel,
  value: number,
  file: string,
): Promise<void> {
  const before = tf.memory().numTensors;
  const result = tf.variableGrads(loss, [...model.parameters.values()]);
  expect(Math.abs((await result.value.data())[0]! - value)).toBeLessThan(1e-4);
  const golden = await openSafetensors(file);
  const names = [...model.parameters.keys()].filter((name) => golden.entries.has(name));
  expect(names.length).toBe(golden.entries.size);
  for (const name of names) {
    const gradient = result.grads[model.parameters.get(name)!.name]!;
    expect(gradient.shape, name).toEqual(golden.entries.get(name)!.shape);
    expectClose(await gradient.data(), await golden.read(name), 1e-3);
    const size = Math.max(...(await golden.read(name)).map(Math.abs));
    expectClose(await gradient.data(), await golden.read(name), Math.max(1e-3 * size, 1e-6));
  }
  await golden.close();
  tf.dispose([result.value, result.grads]);
  expect(tf.memory().numTensors).toBe(before);
}

describe.each(['parallel', 'sequential'])('%s residual, against transformers', (variant) => {
  // The smaller budget keeps only the blocks' inputs, so that both ways of coming back are checked.
  describe.each([512 * 2 ** 20, 0])('memory budget %d', (memoryBudget) => {
    let golden: Golden;
    let model: CausalLanguageModel;
    let rewardModel: RewardModel;
    beforeAll(async () => {
      golden = JSON.parse(await readFile(fixture(`${variant}.json`), 'utf8')) as Golden;
      model = await loadPretrained(fixture(variant), { memoryBudget });
      rewardModel = await loadRewardModel(fixture(`${variant}-reward`), { memoryBudget });
    });
    afterAll(() => {
      model.dispose();
      rewardModel.dispose();
    });

    it('computes its logits', async () => {
      const logits = model.logits(golden.tokens);
      expect(logits.shape).toEqual([2, 8, 64]);
      expectClose(await logits.data(), golden.logits.flat(2), 1e-4);
      logits.dispose();
    });

    it('computes every token’s log-probability, whether transformers pads left, right, or packs', async () => {
      // Each token alone: all of a sequence's weight is on it.
      const places = golden.ragged.flatMap((tokens) =>
        tokens
          .slice(1)
          .map((_, before) => ({ tokens, weights: tokens.map((_, at) => Number(at === before + 1)) })),
      );
      const together = model.sequenceLogProbs(places);
      const sums = model.sequenceLogProbs(
        golden.ragged.map((tokens) => ({ tokens, weights: tokens.map((_, at) => Number(at > 0)) })),
      );
      for (const expected of Object.values(golden.logProbs)) {
        expectClose(await together.data(), expected.flat(), 1e-4);
        expectClose(
          await sums.data(),
          expected.map((row) => row.reduce((sum, value) => sum + value, 0)),
          1e-4,
        );
      }
      tf.dispose([together, sums]);
    });

    it('turns queries by their positions', async () => {
      const { positions, before, after } = golden.rotary;
      const { cos, sin, half } = rotaryTable(
        Int32Array.from(positions),
        model.architecture.block(model.configuration, 0).attention.rotary,
      );
      const turned = tf.tidy(() => {
        const table = [cos, sin].map((values) => tf.tensor4d(values, [1, 1, positions.length, half]));
        return rotate(tf.tensor4d([[before]]), { cos: table[0]!, sin: table[1]!, half });
      });
      expectClose(await turned.data(), after.flat(), 1e-6);
      turned.dispose();
    });

    it('samples from its distribution at every temperature, top-k and top-p', async () => {
      for (const { options, probabilities } of golden.sampling) {
        const samples = 4000;
        const all = await model.generate([golden.prompts[0]!], {
          ...options,
          samples,
          maxNewTokens: 1,
          seed: 3,
        });
        const counts = new Float64Array(probabilities.length);
        for (const { tokens } of all) counts[tokens[0]!]! += 1;
        const label = JSON.stringify(options);
        counts.forEach((count, token) => {
          const p = probabilities[token]!;
          if (p === 0) expect(count, `${label}, token ${token}`).toBe(0);
          // Five standard deviations: one in two million by chance, and the seed is fixed.
          else
            expect(Math.abs(count - samples * p), `${label}, token ${token}`).toBeLessThan(
              5 * Math.sqrt(samples * p) + 1,
            );
        });
      }
    });

    it('computes the response log-probabilities, and the same with certainty', async () => {
      const plain = model.responseLogProbs(golden.pairs);
      const { chosen, rejected } = model.responseLogProbs(golden.pairs, { certainty: true });
      for (const result of [plain, { chosen, rejected }]) {
        expectClose(await result.chosen.data(), golden.chosen, 1e-4);
        expectClose(await result.rejected.data(), golden.rejected, 1e-4);
      }
    });

    it('has its gradients of the negative log-likelihood', async () => {
      const tokens = golden.examples.reduce((sum, { response }) => sum + response.length, 0);
      const sequences = golden.examples.map(({ prompt, response }) => ({
        tokens: [...prompt, ...response],
        weights: [...prompt.map(() => 0), ...response.map(() => 1)],
      }));
      const loss = (): tf.Scalar =>
        tf.neg(tf.div(tf.sum(model.sequenceLogProbs(sequences)), tokens)) as tf.Scalar;
      await expectGradients(loss, model, golden.nll, fixture(`${variant}/gradients-nll.safetensors`));
    });

    it('has its gradients of DPO', async () => {
      const loss = (): tf.Scalar => {
        const { chosen, rejected } = model.responseLogProbs(golden.pairs);
        const margin = tf.sub(tf.sub(chosen, rejected), tf.tensor1d(golden.referenceMargin));
        return tf.mean(tf.softplus(tf.mul(margin, -golden.beta))) as tf.Scalar;
      };
      await expectGradients(loss, model, golden.dpo, fixture(`${variant}/gradients-dpo.safetensors`));
    });

    it('generates its greedy tokens, padded or not', async () => {
      const options = { maxNewTokens: 12, temperature: 0, seed: 1 };
      const together = await model.generate(golden.prompts, options);
      expect(together.map(({ tokens }) => tokens)).toEqual(golden.greedy);
      const alone = await model.generate(golden.prompts, { ...options, batchRows: 1 });
      expect(alone.map(({ tokens }) => tokens)).toEqual(golden.greedy);
    });

    it('computes the reward model’s scores and gradients', async () => {
      const scores = rewardModel.scores(golden.sequences);
      expectClose(await scores.data(), golden.scores, 1e-4);
      const side = (rest: number): number[][] => golden.sequences.filter((_, index) => index % 2 === rest);
      const loss = (): tf.Scalar =>
        tf.mean(tf.softplus(tf.sub(rewardModel.scores(side(1)), rewardModel.scores(side(0))))) as tf.Scalar;
      await expectGradients(
        loss,
        rewardModel,
        golden.rewardLoss,
        fixture(`${variant}-reward/gradients.safetensors`),
      );
    });
  });
});
