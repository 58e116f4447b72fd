import { createRewardModel } from '@ais/language-model';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { keptModels } from '../../test/kept-models.js';
import { tinyExamples, tinyModel, tinyPairs } from '../../test/tiny-model.js';
import { evaluateKl } from '../evaluation/evaluate-kl.js';
import { supervisedLoss } from '../evaluation/supervised-loss.js';
import { computeReferenceLogProbs } from './reference-log-probs.js';
import { requireFinite } from './require-finite.js';
import { scoreSequences } from './score-sequences.js';

const kept = keptModels();

/** A model that gives NaN as the logit of one token, which most sequences do not care about, and the softmax of all does. */
const brokenModel = async () => {
  const model = kept(tinyModel(1));
  // A model checks itself when it is first used; weights that break later are caught here.
  await supervisedLoss(model, tinyExamples(1));
  await evaluateKl(model, model, [[1]], { maxNewTokens: 1, seed: 1 });
  const head = model.parameters.get('embed_out.weight') as tf.Variable<tf.Rank.R2>;
  tf.tidy(() => {
    const broken = tf.oneHot(tf.tensor1d([3], 'int32'), head.shape[0]);
    head.assign(
      tf.add(head, tf.mul(tf.reshape(tf.cast(broken, 'float32'), [-1, 1]), Number.POSITIVE_INFINITY)),
    );
  });
  return model;
};

it('names the first item whose value is not finite', () => {
  const name = (index: number): string => `item ${index}`;
  requireFinite([1, -2, 0], 'The value', name);
  requireFinite([], 'The value', name);
  expect(() => requireFinite([1, Number.NaN, Number.NEGATIVE_INFINITY], 'The value', name)).toThrow(
    /The value of item 1 is NaN\. .*use an intact checkpoint/,
  );
  expect(() => requireFinite(Float32Array.of(1, Number.NEGATIVE_INFINITY), 'The value', name)).toThrow(
    'of item 1 is -Infinity',
  );
});

it('lets nothing of a model with logits that are not finite pass for a measurement', async () => {
  const model = await brokenModel();
  const refused = { name: 'TrainerError', code: 'non-finite-model' };
  const before = tf.memory().numTensors;
  await expect(supervisedLoss(model, tinyExamples(3))).rejects.toMatchObject({
    ...refused,
    message: expect.stringMatching(/of example "example-\d" is NaN/),
  });
  await expect(computeReferenceLogProbs(model, tinyPairs(3), { microBatchSize: 2 })).rejects.toMatchObject({
    ...refused,
    message: expect.stringMatching(/of pair "pair-\d" is NaN/),
  });
  const reference = kept(tinyModel(2));
  await expect(evaluateKl(reference, model, [[1, 2]], { maxNewTokens: 2, seed: 1 })).rejects.toMatchObject(
    refused,
  );
  expect(tf.memory().numTensors).toBe(before + reference.parameters.size);
});

it('lets no score that is not finite pass', async () => {
  const gold = createRewardModel(tinyModel(3), { seed: 4 });
  await scoreSequences(gold, [[1, 2, 0]]);
  tf.tidy(() => {
    const head = gold.parameters.get('score.weight') as tf.Variable;
    head.assign(tf.mul(head, Number.POSITIVE_INFINITY));
  });
  await expect(scoreSequences(gold, [[1, 2, 0]])).rejects.toThrow(
    /The score of sequence 0 is (NaN|-?Infinity)/,
  );
  gold.dispose();
});
