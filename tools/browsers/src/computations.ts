import { exactKl } from '@ais/kl';
import { addLora, createModel } from '@ais/language-model';
import { adaptiveImportance, dpo, ipo, type PairBatch } from '@ais/objectives';
import { evaluateKl, preferenceSteps, supervisedSteps } from '@ais/trainer/in-memory';
import * as tf from '@tensorflow/tfjs-core';

/** What TensorFlow.js may compute on in a page. */
export const backEnds = ['cpu', 'wasm', 'webgl', 'webgpu'] as const;
export type BackEnd = (typeof backEnds)[number];

const tiny = () =>
  createModel(
    {
      vocabularySize: 12,
      hiddenSize: 16,
      layerCount: 1,
      headCount: 2,
      maxPositions: 16,
      // Large weights, so that greedy choices are clear.
      initializerRange: 0.5,
    },
    { seed: 3 },
  );
const pairs = [
  { prompt: [1, 2], chosen: [3, 4, 0], rejected: [5, 0] },
  { prompt: [2], chosen: [6, 0], rejected: [7, 8, 0] },
];

/** What each entry computes on every back end: numbers that depend on all of the entry's own kernels. */
export const computations: Readonly<Record<string, () => Promise<number[]>>> = {
  async '@ais/objectives'() {
    const found = tf.tidy(() => {
      const batch = (policyChosen: tf.Tensor1D): PairBatch => ({
        policyChosen,
        policyRejected: tf.tensor1d([-7, -4]),
        referenceChosen: tf.tensor1d([-6, -5]),
        referenceRejected: tf.tensor1d([-6.5, -4.5]),
        chosenLength: tf.tensor1d([3, 2]),
        rejectedLength: tf.tensor1d([2, 3]),
      });
      const objectives = [
        dpo({ beta: 0.1 }),
        dpo({ beta: 0.1, importance: adaptiveImportance() }),
        ipo({ beta: 0.1 }),
      ];
      return tf.concat(
        objectives.flatMap((objective) => {
          const losses = (policy: tf.Tensor1D): tf.Tensor1D => objective.evaluate(batch(policy)).losses;
          const policy = tf.tensor1d([-5, -5.5]);
          return [losses(policy), tf.grad((at: tf.Tensor) => tf.sum(losses(at as tf.Tensor1D)))(policy)];
        }),
      );
    });
    return read(found);
  },
  async '@ais/kl'() {
    const logits = (phase: number): tf.Tensor2D =>
      tf.tidy(() => tf.reshape(tf.sin(tf.range(phase, phase + 24)), [2, 12]));
    return read(tf.tidy(() => exactKl(logits(0), logits(1))));
  },
  async '@ais/language-model'() {
    const model = tiny();
    const { value, grads } = tf.variableGrads(() => {
      const { chosen, rejected } = model.responseLogProbs(pairs);
      return tf.sum(tf.sub(rejected, chosen)) as tf.Scalar;
    }, [...model.parameters.values()]);
    const norms = tf.tidy(() =>
      tf.stack([value, ...Object.values(grads).map((gradient) => tf.sum(tf.square(gradient)))]),
    );
    const logits = tf.tidy(() => tf.reshape(model.logits([[1, 2, 3]]), [-1]));
    const generated = await model.generate([[1, 2], [3]], { maxNewTokens: 4, temperature: 0, seed: 1 });
    const found = [
      ...(await read(norms)),
      ...(await read(logits)),
      ...generated.flatMap(({ tokens, logProbs }) => [...tokens, ...logProbs]),
    ];
    tf.dispose([value, grads]);
    model.dispose();
    return found;
  },
  async '@ais/trainer/in-memory'() {
    const [model, reference] = [tiny(), tiny()];
    const supervised = supervisedSteps(model, { learningRate: 1e-2, maxGradientNorm: 1 });
    const found: number[] = [];
    for (let step = 0; step < 2; step++) {
      const { loss, gradientNorm } = await supervised.step(
        pairs.map(({ prompt, chosen }) => ({ prompt, response: chosen })),
      );
      found.push(loss, gradientNorm);
    }
    supervised.dispose();
    const adapter = addLora(model, { rank: 2, seed: 1 });
    const preference = await preferenceSteps(model, dpo({ beta: 0.1 }), { adapter, learningRate: 1e-2 });
    for (let step = 0; step < 2; step++) {
      const { loss, gradientNorm } = await preference.step(pairs);
      found.push(loss, gradientNorm);
    }
    preference.dispose();
    const { mean } = await evaluateKl(model, reference, [[1, 2], [2]], {
      maxNewTokens: 3,
      temperature: 0,
      seed: 1,
    });
    found.push(mean);
    adapter.merge();
    model.dispose();
    reference.dispose();
    return found;
  },
};

async function read(tensor: tf.Tensor): Promise<number[]> {
  const values = [...(await tensor.data<'float32'>())];
  tensor.dispose();
  return values;
}
