import type { Examples, TokenizedPair } from '@ais/data';
import { loadRewardModel, type RewardModel, saveRewardModel } from '@ais/language-model';
import { rewardModelLoss } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { NonFiniteTraining } from '../errors.js';
import {
  chosenSequence,
  evaluateRewardModel,
  rejectedSequence,
} from '../evaluation/evaluate-reward-model.js';
import { scoreSequences } from '../inference/score-sequences.js';
import { runTraining } from '../loop/training-loop.js';
import {
  type Metrics,
  planTraining,
  type TrainingOptions,
  type TrainingResult,
} from '../loop/training-options.js';
import { fingerprintExamples } from '../run/fingerprint.js';
import { mean } from '../run/mean.js';
import { copyParameters } from '../run/model-weights.js';

/** Options of `trainRewardModel`. */
export interface RewardModelOptions extends TrainingOptions {
  /** Pairs kept out of training, to measure the accuracy with: at `evaluateAt`, and at the end in any case. */
  readonly validationPairs?: Examples<TokenizedPair>;
  /**
   * Whole sequences (prompt and reference response) whose rewards average 0 in the end. Only the last checkpoint is centered:
   * others, the best by `selection` among them, have offset 0.
   */
  readonly references?: Examples<readonly number[]>;
  /** Coefficient c of a term c·(r_w + r_l)² that keeps scores near 0 during training; 0 by default, TRL users typically set 0.01. */
  readonly centering?: number;
}

/** What `trainRewardModel` ends with. */
export interface RewardModelResult extends TrainingResult {
  /** Share of the validation pairs that the model orders as they are labeled, ties counted ½; NaN without such pairs. */
  readonly validationAccuracy: number;
  /** What is subtracted from every score, so that references average 0. */
  readonly offset: number;
}

/**
 * Trains a reward model on preference pairs, and centers it.
 *
 * `loss = (1/n)·Σ −log σ(r(x, y_w) − r(x, y_l))` over the n pairs of a batch. The loss does not fix the rewards' zero:
 * after the last step it is set so that the references average 0.
 *
 * @param model its parameters are trained in place, and its offset set
 * @param pairs prompt, chosen, and rejected tokens
 * @param options see `TrainingOptions`, `validationPairs`, `references`, and `centering`
 * @returns what the run left, with the validation accuracy
 * @throws {TrainingInterrupted} {NonFiniteTraining} {TrainerError}
 * @example
 * const rewardModel = createRewardModel(reference, { seed: 1 });
 * await trainRewardModel(rewardModel, pairs, { ...options, steps: 20, learningRate: 1e-2 });
 * const { accuracy } = await evaluateRewardModel(rewardModel, pairs);
 * console.log(accuracy.rate); // 1
 */
export async function trainRewardModel(
  model: RewardModel,
  pairs: Examples<TokenizedPair>,
  options: RewardModelOptions,
): Promise<RewardModelResult> {
  const { validationPairs = [], references = [], centering = 0, onEvaluate, evaluateAt = [] } = options;
  const objective = rewardModelLoss({ centering });
  const pair = (index: number): TokenizedPair =>
    pairs.at(index) ?? { id: '', prompt: [], chosen: [], rejected: [] };
  const { steps, microBatchSize } = planTraining(pairs.length, options);
  const scoring = { batchSize: 2 * microBatchSize, ...(options.signal && { signal: options.signal }) };

  const result = await runTraining(
    {
      name: 'reward',
      configuration: {
        reward: { centering },
        data: {
          pairs: pairs.length,
          sha256: fingerprintExamples(pairs),
          validationSha256: fingerprintExamples(validationPairs),
          referencesSha256: fingerprintExamples(references),
        },
      },
      parameters: model.parameters,
      model,
      exampleCount: pairs.length,
      recordId: (index) => pair(index).id,
      tokens: (index) =>
        2 * pair(index).prompt.length + pair(index).chosen.length + pair(index).rejected.length,
      weight: () => 1,
      evaluate(indices) {
        const subset = indices.map(pair);
        const scores = model.scores([...subset.map(chosenSequence), ...subset.map(rejectedSequence)]);
        const [chosenScore, rejectedScore] = tf.split(scores, 2) as [tf.Tensor1D, tf.Tensor1D];
        return objective.evaluate({ chosenScore, rejectedScore });
      },
      async finish(signal) {
        if (references.length === 0) return;
        const offset = model.offset + mean(await scoreSequences(model, references, scoring));
        signal?.throwIfAborted();
        if (!Number.isFinite(offset)) throw new NonFiniteTraining('parameters', steps, [], {});
        model.offset = offset;
      },
      async save(directory) {
        await saveRewardModel(model, directory, { flush: false });
        await options.tokenizer?.save(directory);
      },
      restore: (directory) => restoreRewardModel(model, directory),
    },
    {
      ...options,
      ...((onEvaluate || validationPairs.length > 0) && {
        evaluateAt: validationPairs.length > 0 ? [...evaluateAt, steps] : evaluateAt,
        async onEvaluate(context) {
          const own = validationPairs.length > 0 ? await validate(model, validationPairs, scoring) : {};
          // A selection may go by the caller's metrics, at the last step too.
          const asks = evaluateAt.includes(context.step) || options.selection !== undefined;
          return { ...own, ...(asks ? await onEvaluate?.(context) : {}) };
        },
      }),
    },
  );
  const last = result.evaluations.at(-1);
  // A run that a callback ended may have gone on since.
  const measured =
    last?.step === result.steps || validationPairs.length === 0
      ? last?.metrics
      : await validate(model, validationPairs, scoring);
  return {
    ...result,
    validationAccuracy: measured?.['eval_accuracy'] ?? Number.NaN,
    offset: model.offset,
  };
}

async function validate(
  model: RewardModel,
  pairs: Examples<TokenizedPair>,
  options: { readonly batchSize: number; readonly signal?: AbortSignal },
): Promise<Metrics> {
  const { accuracy, logLoss, expectedCalibrationError } = await evaluateRewardModel(model, pairs, options);
  return {
    eval_accuracy: accuracy.rate,
    eval_loss: logLoss,
    eval_calibration_error: expectedCalibrationError,
    eval_pairs: pairs.length,
  };
}

async function restoreRewardModel(model: RewardModel, directory: string): Promise<void> {
  const stored = await loadRewardModel(directory);
  try {
    copyParameters(stored.parameters, model.parameters);
    model.offset = stored.offset;
  } finally {
    stored.dispose();
  }
}
