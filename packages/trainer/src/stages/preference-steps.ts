import type { CausalLanguageModel, LoraAdapter, PairTokens } from '@ais/language-model';
import type { Objective } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { TrainerError } from '../errors.js';
import { logProbPicker, type StoredLogProbs } from '../inference/pick-log-probs.js';
import type { Metrics } from '../loop/training-metrics.js';
import { admitObjective } from '../objective/admit-objective.js';
import { type NumberedPair, pairBatch, requireColumns, summarizePairs } from '../objective/pair-batch.js';
import {
  parameterUpdates,
  type StepOptions,
  type TrainingStep,
  type UpdateOptions,
} from './parameter-updates.js';

/** Options of `preferenceSteps`. */
export interface PreferenceStepsOptions extends UpdateOptions {
  /** Trains these adapters of the model, from `addLora`; the model without them is the reference. All parameters by default. */
  readonly adapter?: LoraAdapter;
  /** The reference of an objective that reads one, if there is no adapter. */
  readonly reference?: Pick<CausalLanguageModel, 'responseLogProbs'>;
}

/** What a step on pairs did. */
export interface PreferenceStep extends TrainingStep {
  /** The objective's, and `logps/chosen` and `logps/rejected`. */
  readonly metrics: Metrics;
}

/** Preference training in memory, one step a call. */
export interface PreferenceSteps {
  /**
   * Makes one update: `loss = (1/n)·Σ objective.evaluate(batch).losses` over the n pairs.
   *
   * @param pairs prompt, chosen, and rejected tokens; a response ends with the end-of-text token
   * @param options.learningRate of this step, such as a schedule's; the options' by default
   * @throws {NonFiniteTraining} if loss or gradient is not finite; nothing has changed then
   */
  step(pairs: readonly NumberedPair[], options?: StepOptions): Promise<PreferenceStep>;
  /** Frees the optimizer; model and adapters are the caller's. */
  dispose(): void;
}

/**
 * Trains a model on preference pairs as they come, without files: in a page, a notebook, or a service. `trainPreference` makes
 * whole runs, with checkpoints and metrics on disk.
 *
 * With an adapter, training takes the adapter's own size a few times over, besides the model and the activations of
 * `microBatchSize` pairs; the reference costs a forward pass of each pair, and no memory.
 *
 * @param model trained in place
 * @param objective over pairs, from @ais/objectives or from anywhere else
 * @throws {TrainerError} `unsupported-objective`; `missing-reference` if the objective reads a reference and there is none;
 *   `invalid-option`, also where nothing is trainable, or the adapter was merged or is another model's
 * @example
 * const adapter = addLora(model, { rank: 4, seed: 17 });
 * const training = await preferenceSteps(model, dpo({ beta: 0.1 }), { adapter, learningRate: 1e-3 });
 * const { loss } = await training.step([{ prompt: [1, 2], chosen: [3, 0], rejected: [4, 0] }]);
 * console.log(loss.toFixed(3)); // 0.693
 */
export async function preferenceSteps(
  model: CausalLanguageModel,
  objective: Objective,
  options: PreferenceStepsOptions,
): Promise<PreferenceSteps> {
  const { microBatchSize } = options;
  const updates = parameterUpdates(model, options);
  try {
    // A step may have any number of pairs.
    const batchSize = microBatchSize === undefined ? 1 : Number.POSITIVE_INFINITY;
    await admitObjective(objective, { feedback: 'pairs', batchSize, microBatchSize });
    const readReference = referenceReader(model, objective, options);
    return {
      async step(pairs, stepOptions = {}) {
        if (pairs.length === 0) throw new TrainerError('invalid-option', 'A step needs at least one pair.');
        requireColumns(objective, pairs);
        const reference = await readReference?.(pairs, microBatchSize ?? pairs.length);
        const pickReference = reference && logProbPicker(reference, pairs);
        const pair = (index: number): NumberedPair => pairs[index] as NumberedPair;
        return updates.update(
          {
            count: pairs.length,
            recordId: String,
            tokens: (index) =>
              pair(index).prompt.length + pair(index).chosen.length + pair(index).rejected.length,
            weight: () => 1,
            evaluate(indices) {
              const found = pairBatch(model, indices.map(pair), objective, {
                reference: pickReference?.(indices),
              });
              const { losses, metrics } = objective.evaluate(found);
              const { policyChosen, policyRejected } = found;
              return {
                losses,
                metrics: { 'logps/chosen': policyChosen, 'logps/rejected': policyRejected, ...metrics },
              };
            },
            summarize: summarizePairs,
          },
          stepOptions,
        );
      },
      dispose: () => updates.dispose(),
    };
  } catch (error) {
    updates.dispose();
    throw error;
  }
}

/** Log-probabilities of pairs under the reference. */
type ReadReference = (pairs: readonly PairTokens[], size: number) => Promise<StoredLogProbs>;

/** @returns undefined for an objective that reads no reference */
function referenceReader(
  model: CausalLanguageModel,
  objective: Objective,
  { adapter, reference }: PreferenceStepsOptions,
): ReadReference | undefined {
  if (!objective.requires.reference) return undefined;
  if (reference === undefined && adapter === undefined) {
    throw new TrainerError(
      'missing-reference',
      `The objective "${objective.name}" reads a reference. Give a model (reference), or train adapters (adapter).`,
    );
  }
  return async (pairs, size) => {
    const { tokens = false } = objective.requires;
    const columns: Record<string, number[]> = {};
    for (let from = 0; from < pairs.length; from += size) {
      const compute = (): Record<string, tf.Tensor1D> => ({
        ...(reference ?? model).responseLogProbs(pairs.slice(from, from + size), { tokens }),
      });
      const found = reference === undefined && adapter !== undefined ? without(adapter, compute) : compute();
      for (const [name, values] of Object.entries(found)) {
        columns[name] = [...(columns[name] ?? []), ...(await values.data<'float32'>())];
      }
      tf.dispose(found);
    }
    const column = (name: string): Float32Array => Float32Array.from(columns[name] ?? []);
    return {
      chosen: column('chosen'),
      rejected: column('rejected'),
      ...(tokens && { tokens: { chosen: column('chosenTokens'), rejected: column('rejectedTokens') } }),
    };
  };
}

/** What a model gives without its adapters: W + s·B·A is W where B is 0. */
function without<T extends tf.TensorContainer>({ parameters }: LoraAdapter, compute: () => T): T {
  const ups = [...parameters].flatMap(([name, variable]) =>
    /\.lora_B\.weight$/.test(name) ? [variable] : [],
  );
  const trained = ups.map((variable) => tf.clone(variable));
  for (const variable of ups) tf.tidy(() => variable.assign(tf.zerosLike(variable)));
  try {
    return compute();
  } finally {
    for (const [index, variable] of ups.entries()) variable.assign(trained[index] as tf.Tensor);
    tf.dispose(trained);
  }
}
