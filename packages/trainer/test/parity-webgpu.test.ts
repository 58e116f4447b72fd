// What trains a model gives the same on WebGPU as on WASM, which other tests hold against transformers and PyTorch.
import { exactKl } from '@ais/kl';
import {
  type CausalLanguageModel,
  createModel,
  createRewardModel,
  type GptNeoxOptions,
  type PairTokens,
} from '@ais/language-model';
import {
  chiPo,
  directAlignment,
  dpo,
  exponential,
  inverseSqrtLength,
  ipo,
  lengthRegularizedDpo,
  type Objective,
  type PairBatch,
  rloo,
  rpo,
  type SampleBatch,
  savage,
  slic,
  squared,
  truncatedQuadratic,
  wpo,
} from '@ais/objectives';
import * as contrib from '@ais/objectives/contrib';
import { createRandom, useBackend } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { accumulateGradients, createAdamW, globalNorm } from '../src/loop.js';

/** Each tensor is read, which WebGPU can only do asynchronously, and disposed of. */
type Work = () => Record<string, tf.Tensor> | Promise<Record<string, tf.Tensor>>;

async function valuesOn(backend: 'wasm' | 'webgpu', work: Work): Promise<Map<string, Float32Array>> {
  await useBackend(backend);
  const before = tf.memory().numTensors;
  const tensors = await work();
  const values = new Map<string, Float32Array>();
  for (const [name, tensor] of Object.entries(tensors))
    values.set(name, Float32Array.from(await tensor.data()));
  tf.dispose(tensors);
  expect(tf.memory().numTensors).toBe(before);
  expect(tf.getBackend()).toBe(backend);
  return values;
}

/** The largest difference of each tensor is at most 1e-3 of its largest entry. */
async function expectParity(work: Work): Promise<void> {
  const expected = await valuesOn('wasm', work);
  const actual = await valuesOn('webgpu', work);
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  expect(actual.size).toBeGreaterThan(0);
  for (const [name, values] of expected) {
    const others = actual.get(name)!;
    expect(others.length, name).toBe(values.length);
    const size = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    const difference = values.reduce((largest, value, index) => {
      const here = Math.abs(value - others[index]!);
      return Math.max(here, largest);
    }, 0);
    expect(difference, name).toBeLessThanOrEqual(Math.max(1e-3 * size, 1e-6));
  }
}

const shape: GptNeoxOptions = {
  vocabularySize: 64,
  hiddenSize: 16,
  layerCount: 2,
  headCount: 2,
  maxPositions: 32,
  initializerRange: 0.3,
  endOfTextTokens: [0],
};
const pairs: PairTokens[] = [
  { prompt: [5, 9, 33], chosen: [12, 7, 0], rejected: [41, 0] },
  { prompt: [17, 2], chosen: [63, 0], rejected: [8, 8, 50, 0] },
  { prompt: [21, 30, 4, 11], chosen: [0], rejected: [6, 19, 0] },
];

function gradientsOf(
  model: { readonly parameters: CausalLanguageModel['parameters'] },
  loss: () => tf.Scalar,
): Record<string, tf.Tensor> {
  const { value, grads } = tf.variableGrads(loss, [...model.parameters.values()]);
  const named = [...model.parameters].map(([name, { name: variable }]) => [name, grads[variable]!] as const);
  return { loss: value, ...Object.fromEntries(named) };
}

describe('the language model', () => {
  const onModel =
    (use: (model: CausalLanguageModel) => ReturnType<Work>, memoryBudget?: number): Work =>
    async () => {
      const model = createModel(shape, { seed: 1, ...(memoryBudget !== undefined && { memoryBudget }) });
      const results = await use(model);
      model.dispose();
      return results;
    };

  it('computes its logits', () =>
    expectParity(
      onModel((model) => ({
        logits: model.logits([
          [5, 9, 33, 12],
          [17, 2, 63, 1],
        ]),
      })),
    ));

  it('computes log-probabilities, certainties and the divergence from a reference', () =>
    expectParity(
      onModel((model) => {
        const reference = createModel(shape, { seed: 2 });
        const results = model.responseLogProbs(pairs, { certainty: true, reference });
        reference.dispose();
        return { ...results };
      }),
    ));

  // The smaller budget keeps only the blocks' inputs.
  it.each([512 * 2 ** 20, 0])('has the gradients of DPO with a memory budget of %d', (memoryBudget) =>
    expectParity(
      onModel(
        (model) =>
          gradientsOf(model, () => {
            const { chosen, rejected } = model.responseLogProbs(pairs);
            return tf.mean(tf.softplus(tf.mul(tf.sub(chosen, rejected), -0.1)));
          }),
        memoryBudget,
      ),
    ),
  );

  it('has the gradients of a sequence’s negative log-likelihood', () =>
    expectParity(
      onModel((model) =>
        gradientsOf(
          model,
          () =>
            tf.neg(
              tf.sum(model.sequenceLogProbs([{ tokens: [5, 9, 33, 0], weights: [0, 0, 1, 0.5] }])),
            ) as tf.Scalar,
        ),
      ),
    ));

  it('generates its greedy tokens, for prompts of two lengths', () =>
    expectParity(
      onModel(async (model) => {
        const prompts = [
          [5, 9, 33],
          [17, 2],
        ];
        const responses = await model.generate(prompts, { maxNewTokens: 4, temperature: 0, seed: 1 });
        return {
          tokens: tf.tensor1d(responses.flatMap(({ tokens }) => tokens)),
          logProbs: tf.tensor1d(responses.flatMap(({ logProbs }) => logProbs)),
        };
      }),
    ));

  it('scores sequences as a reward model, with the gradients', () =>
    expectParity(() => {
      const model = createRewardModel(shape, { seed: 3 });
      const results = gradientsOf(model, () =>
        tf.sum(tf.square(model.scores(pairs.map(({ prompt, chosen }) => [...prompt, ...chosen])))),
      );
      model.dispose();
      return results;
    }));
});

describe('the exact divergence of a policy from its reference', () => {
  it.each(['reverse', 'forward', 'jensen-shannon'] as const)('%s', (divergence) =>
    expectParity(() =>
      tf.tidy(() => {
        const random = createRandom(4, divergence);
        const logits = (standardDeviation: number): tf.Tensor2D =>
          tf.tensor2d(random.normals(6 * 64, { standardDeviation }), [6, 64]);
        const policy = logits(2);
        return {
          far: exactKl(policy, logits(2), { divergence }),
          near: exactKl(policy, tf.add(policy, logits(0.01)), { divergence, chunkElements: 128 }),
        };
      }),
    ),
  );
});

describe('the objectives', () => {
  const pairBatch = {
    policyChosen: [-12.5, -31.25, -7.125, -20, -18.75, -44.5],
    policyRejected: [-14.25, -28.5, -9, -22, -12.5, -47.25],
    referenceChosen: [-13, -30, -9.5, -20, -21.5, -38],
    referenceRejected: [-13.75, -29.25, -6.25, -20.5, -16.25, -40.75],
    chosenLength: [8, 21, 3, 16, 1, 30],
    rejectedLength: [10, 17, 5, 16, 12, 2],
    chosenCertainty: [-0.5, -1.25, 0.25, -0.125, 0.75, -2],
    rejectedCertainty: [-0.25, -0.75, 0.5, -1, -0.25, -1.5],
  };
  const sampleBatch = {
    policy: pairBatch.policyChosen,
    reference: pairBatch.referenceChosen,
    rewards: [1, -0.5, 0.25, 2, -1.5, 0],
    length: pairBatch.chosenLength,
    group: [0, 0, 1, 1, 2, 2],
  };

  /** Losses, metrics, and the gradient of the summed losses by the policy's log-probabilities. */
  function evaluated<B extends PairBatch | SampleBatch>(
    objective: Objective<B>,
    columns: Record<string, number[]>,
  ): Record<string, tf.Tensor> {
    return tf.tidy(() => {
      const fields = Object.keys(columns);
      const trained = fields.filter((field) => field.startsWith('policy'));
      const batch = Object.fromEntries(fields.map((field) => [field, tf.tensor1d(columns[field]!)]));
      const { losses, metrics } = objective.evaluate(batch as object as B);
      const gradients = tf.grads((...tensors: tf.Tensor[]) => {
        const policy = Object.fromEntries(trained.map((field, index) => [field, tensors[index]]));
        return tf.sum(objective.evaluate({ ...batch, ...policy } as object as B).losses);
      })(trained.map((field) => batch[field]!));
      const named = trained.map((field, index) => [`gradient of ${field}`, gradients[index]!] as const);
      return { losses, ...metrics, ...Object.fromEntries(named) };
    });
  }

  const beta = 0.1;
  const importance = { smoothing: inverseSqrtLength() };
  const divergences = [
    contrib.forwardKl(),
    contrib.reverseKl(),
    contrib.jensenShannon(),
    contrib.alphaDivergence(0.5),
  ];
  const objectives: Objective[] = [
    dpo({ beta, labelSmoothing: 0.1 }),
    dpo({ beta, importance }),
    ipo({ beta, lengthNormalized: true, importance: { ...importance, pool: 'pair', selfNormalized: true } }),
    slic({ beta, importance: { ...importance, differentiable: true, clip: { lower: -0.25, upper: 0.5 } } }),
    rpo({ beta, eta: 0.5, average: 'response' }),
    wpo({ beta }),
    chiPo({ beta, maxReward: 0.25 }),
    lengthRegularizedDpo({ beta, alpha: 0.02 }),
    ...[exponential(), squared(), savage(), truncatedQuadratic()].map((loss) =>
      directAlignment({ loss, beta }),
    ),
    contrib.aot({ beta }),
    contrib.aotUnpaired({ beta }),
    contrib.apoDown({ beta }),
    contrib.apoZero({ beta }),
    contrib.bcoPair({ beta }),
    contrib.discoPop({ beta }),
    contrib.exoPair({ beta }),
    contrib.lengthNormalizedDpo({ beta }),
    contrib.ncaPair({ beta }),
    contrib.robustDpo({ beta, labelSmoothing: 0.1 }),
    contrib.sppoHard({ beta }),
    ...divergences.map((divergence) => contrib.fDivergenceDpo({ beta, divergence })),
  ];

  it.each(objectives.map((objective) => [objective.name, objective] as const))('%s', (_, objective) =>
    expectParity(() => evaluated(objective, pairBatch)),
  );

  it('rloo', () => expectParity(() => evaluated(rloo({ beta }), sampleBatch)));
});

describe('training', () => {
  it('takes two steps of AdamW on the gradients of importance-weighted DPO, in micro-batches', () =>
    expectParity(async () => {
      const model = createModel(shape, { seed: 1 });
      const reference = createModel(shape, { seed: 1 });
      const optimizer = createAdamW(model.parameters, {
        epsilon: 1e-5,
        weightDecay: 0.1,
        chunkElements: 256,
      });
      const objective = dpo({ beta: 0.1, importance: { smoothing: inverseSqrtLength() } });
      const results: Record<string, tf.Tensor> = {};
      for (const step of ['first', 'second']) {
        const { gradients, values } = accumulateGradients(model.parameters, [[0, 1], [2]], 3, (indices) => {
          const subset = indices.map((index) => pairs[index]!);
          const logProbs = model.responseLogProbs(subset, { reference });
          return objective.evaluate({
            policyChosen: logProbs.chosen,
            policyRejected: logProbs.rejected,
            referenceChosen: logProbs.referenceChosen,
            referenceRejected: logProbs.referenceRejected,
            chosenLength: tf.tensor1d(subset.map((pair) => pair.chosen.length)),
            rejectedLength: tf.tensor1d(subset.map((pair) => pair.rejected.length)),
          });
        });
        results[`values of the ${step} step`] = values;
        results[`norm of the ${step} step`] = globalNorm(gradients);
        optimizer.update(gradients, { learningRate: 0.01, gradientScale: 0.5 });
        tf.dispose([...gradients.values()]);
      }
      for (const [name, variable] of model.parameters) results[name] = variable.clone();
      for (const part of [model, reference, optimizer]) part.dispose();
      return results;
    }));
});
