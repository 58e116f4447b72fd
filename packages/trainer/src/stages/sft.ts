import type { Examples, TokenizedExample } from '@ais/data';
import { type CausalLanguageModel, loadPretrained, savePretrained } from '@ais/language-model';
import * as tf from '@tensorflow/tfjs-core';
import { TrainerError } from '../errors.js';
import { type WeightedSequence, weightedSequence } from '../evaluation/supervised-loss.js';
import { runTraining } from '../loop/training-loop.js';
import type { TrainingOptions, TrainingResult } from '../loop/training-options.js';
import { fingerprintExamples } from '../run/fingerprint.js';
import { copyParameters } from '../run/model-weights.js';
import { requireResponses } from '../run/require-responses.js';

/** Options of `trainSft`. */
export interface SftOptions extends TrainingOptions {
  /** What a prompt token counts for, where a response token counts 1; 0 by default. */
  readonly promptWeight?: number;
}

/**
 * Trains a model on reference responses (supervised fine-tuning).
 *
 * `loss = −Σ_n Σ_t w_t log π(y_t | x, y_<t) / Σ_n Σ_t w_t` over a batch, in nats a token: the mean over the batch's
 * tokens, not over its responses, so that long responses count by their length.
 *
 * @param model its parameters are trained in place
 * @param examples prompt and response tokens; a response ends with the end-of-text token, so that none is empty
 * @param options see `TrainingOptions`, and `promptWeight`
 * @returns what the run left; `metrics.loss` is the last step's
 * @throws {TrainingInterrupted} {NonFiniteTraining} {TrainerError}
 * @example
 * const before = await supervisedLoss(policy, examples);
 * await trainSft(policy, examples, { directory: 'runs/sft', seed: 1, steps: 5, batchSize: 2, learningRate: 1e-2 });
 * console.log((await supervisedLoss(policy, examples)) < before); // true
 * @see spec: "SFT: mean negative log-likelihood of the reference response's tokens"
 */
export async function trainSft(
  model: CausalLanguageModel,
  examples: Examples<TokenizedExample>,
  options: SftOptions,
): Promise<TrainingResult> {
  const { promptWeight = 0 } = options;
  if (!(promptWeight >= 0 && promptWeight <= 1)) {
    throw new TrainerError('invalid-option', `promptWeight must be in [0, 1], got ${promptWeight}.`);
  }
  requireResponses('example', examples, (example) =>
    weightedSequence(example, promptWeight).weight > 0 ? undefined : 'no response token to predict',
  );
  // A step asks several times for the same few.
  const recent = new Map<number, WeightedSequence>();
  const sequence = (index: number): WeightedSequence => {
    const known = recent.get(index);
    if (known) return known;
    const example = examples.at(index);
    const made = example ? weightedSequence(example, promptWeight) : { tokens: [], weights: [], weight: 0 };
    if (recent.size >= RECENT) recent.clear();
    recent.set(index, made);
    return made;
  };
  return runTraining(
    {
      name: 'sft',
      configuration: {
        sft: { promptWeight },
        data: { examples: examples.length, sha256: fingerprintExamples(examples) },
      },
      parameters: model.parameters,
      model,
      exampleCount: examples.length,
      recordId: (index) => examples.at(index)?.id ?? '',
      tokens: (index) => sequence(index).tokens.length,
      weight: (index) => sequence(index).weight,
      evaluate: (indices) => ({
        losses: tf.neg(model.sequenceLogProbs(indices.map(sequence))),
        metrics: {},
      }),
      save: (directory) => saveModel(model, directory, options),
      restore: (directory) => restoreModel(model, directory),
    },
    options,
  );
}

const RECENT = 1024;

/** Writes a model, and the run's tokenizer beside it. */
export async function saveModel(
  model: CausalLanguageModel,
  directory: string,
  { tokenizer }: Pick<TrainingOptions, 'tokenizer'>,
): Promise<void> {
  // What completes the checkpoint flushes its files, without holding up the next step.
  await savePretrained(model, directory, { flush: false });
  await tokenizer?.save(directory);
}

/** Loads a checkpoint's weights into a model. */
export async function restoreModel(model: CausalLanguageModel, directory: string): Promise<void> {
  const stored = await loadPretrained(directory);
  try {
    copyParameters(stored.parameters, model.parameters);
  } finally {
    stored.dispose();
  }
}
