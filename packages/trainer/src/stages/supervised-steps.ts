import type { CausalLanguageModel, LoraAdapter, PromptResponse } from '@ais/language-model';
import * as tf from '@tensorflow/tfjs-core';
import { TrainerError } from '../errors.js';
import { weightedSequence } from '../evaluation/supervised-loss.js';
import {
  parameterUpdates,
  type StepOptions,
  type TrainingStep,
  type UpdateOptions,
} from './parameter-updates.js';

/** Options of `supervisedSteps`. */
export interface SupervisedStepsOptions extends UpdateOptions {
  /** Trains these adapters of the model, from `addLora`; all parameters by default. */
  readonly adapter?: LoraAdapter;
  /** What a prompt token counts for, where a response token counts 1; 0 by default. */
  readonly promptWeight?: number;
}

/** Supervised fine-tuning in memory, one step a call. */
export interface SupervisedSteps {
  /**
   * Makes one update: `loss = −Σ_n Σ_t w_t log π(y_t | x, y_<t) / Σ_n Σ_t w_t` over the step's examples, in nats per token.
   *
   * @param examples prompt and response tokens; a response ends with the end-of-text token
   * @param options.learningRate of this step, such as a schedule's; the options' by default
   * @throws {TrainerError} `invalid-option` if there is no token to learn
   * @throws {NonFiniteTraining} if loss or gradient is not finite; nothing has changed then
   */
  step(examples: readonly PromptResponse[], options?: StepOptions): Promise<TrainingStep>;
  /** Frees the optimizer; model and adapters are the caller's. */
  dispose(): void;
}

/**
 * Trains a model on responses as they come, without files: in a page, a notebook, or a service. `trainSft` makes whole runs, with
 * checkpoints and metrics on disk.
 *
 * @param model trained in place
 * @throws {TrainerError} `invalid-option`, also where nothing is trainable, or the adapter was merged or is another model's
 * @example
 * const training = supervisedSteps(model, { learningRate: 1e-3 });
 * const { loss } = await training.step([{ prompt: [1, 2], response: [3, 0] }]);
 * console.log(loss > 0); // true
 */
export function supervisedSteps(
  model: CausalLanguageModel,
  options: SupervisedStepsOptions,
): SupervisedSteps {
  const { promptWeight = 0 } = options;
  if (!(promptWeight >= 0 && promptWeight <= 1)) {
    throw new TrainerError('invalid-option', `promptWeight must be in [0, 1], got ${promptWeight}.`);
  }
  const updates = parameterUpdates(model, options);
  return {
    async step(examples, stepOptions = {}) {
      if (examples.length === 0)
        throw new TrainerError('invalid-option', 'A step needs at least one example.');
      const sequences = examples.map((example) => weightedSequence(example, promptWeight));
      if (sequences.every(({ weight }) => weight === 0)) {
        throw new TrainerError(
          'invalid-option',
          'The examples of this step have no response token to learn. Leave out examples with empty responses.',
        );
      }
      const sequence = (index: number) => sequences[index] ?? { tokens: [], weights: [], weight: 0 };
      const { step, loss, gradientNorm } = await updates.update(
        {
          count: examples.length,
          recordId: String,
          tokens: (index) => sequence(index).tokens.length,
          weight: (index) => sequence(index).weight,
          evaluate: (indices) => ({
            losses: tf.neg(model.sequenceLogProbs(indices.map(sequence))),
            metrics: {},
          }),
        },
        stepOptions,
      );
      return { step, loss, gradientNorm };
    },
    dispose: () => updates.dispose(),
  };
}
