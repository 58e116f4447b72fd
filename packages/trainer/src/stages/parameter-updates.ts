import type { CausalLanguageModel, LoraAdapter } from '@ais/language-model';
import type * as tf from '@tensorflow/tfjs-core';
import { NonFiniteTraining, TrainerError } from '../errors.js';
import { computeGradients } from '../loop/train-step.js';
import type { Metrics } from '../loop/training-metrics.js';
import type { TrainingStage } from '../loop/training-stage.js';
import { type AdamWSettings, createAdamW, type Parameters } from '../optimizer/adamw.js';
import { clippingFactor } from '../optimizer/gradient-clipping.js';
import { requireTrainable } from '../optimizer/require-trainable.js';
import { requireUpdateOptions } from '../optimizer/update-options.js';
import { requireWhole } from '../run/require-whole.js';

/** How a model is trained in memory. */
export interface UpdateOptions {
  readonly learningRate: number;
  /** Examples computed at once; all of a step by default. */
  readonly microBatchSize?: number;
  readonly adamw?: AdamWSettings;
  /** The global gradient norm to clip to; no clipping by default. */
  readonly maxGradientNorm?: number;
}

/** What one step may have of its own. */
export interface StepOptions {
  /** Of this step, such as a schedule's; the options' by default. */
  readonly learningRate?: number;
}

/** What a step did. */
export interface TrainingStep {
  /** Steps made, this one included. */
  readonly step: number;
  /** Before the update: the mean over the step's pairs, or over its examples' tokens. */
  readonly loss: number;
  /** Of the gradient before clipping. */
  readonly gradientNorm: number;
}

/** What the examples of one step are and give, as in a stage of a run. */
export type StepExamples = Pick<
  TrainingStage,
  'evaluate' | 'recordId' | 'summarize' | 'tokens' | 'weight'
> & {
  readonly count: number;
};

/** Updates of a model's parameters by AdamW, each from the examples that it is given. */
export interface ParameterUpdates {
  /**
   * @throws {NonFiniteTraining} if loss or gradient is not finite; nothing has changed then
   * @throws {TrainerError} `invalid-option` for a learning rate below 0 or not finite
   */
  update(examples: StepExamples, options: StepOptions): Promise<TrainingStep & { readonly metrics: Metrics }>;
  dispose(): void;
}

/** What is trained in memory, and how. */
interface TrainedOptions extends UpdateOptions {
  /** Adapters of the model, which are trained alone; all of the model's parameters by default. */
  readonly adapter?: LoraAdapter;
}

/** @throws {TrainerError} `invalid-option`, also where there is nothing to train, or an adapter is not the model's */
export function parameterUpdates(
  model: Pick<CausalLanguageModel, 'parameters'>,
  options: TrainedOptions,
): ParameterUpdates {
  const { adamw, maxGradientNorm, microBatchSize } = options;
  if (microBatchSize !== undefined) requireWhole('microBatchSize', microBatchSize, 1);
  requireUpdateOptions(options);
  const parameters = trainedParameters(model, options.adapter);
  const optimizer = createAdamW(parameters, adamw);
  let steps = 0;
  return {
    async update(examples, { learningRate = options.learningRate }) {
      requireUpdateOptions({ learningRate });
      requireTrainable(parameters);
      const batch = Array.from({ length: examples.count }, (_, index) => index);
      const computed = await computeGradients(examples, parameters, batch, microBatchSize ?? examples.count);
      try {
        const { gradients, norm, loss, metrics, defect } = computed;
        if (defect) throw new NonFiniteTraining(defect.what, steps + 1, defect.recordIds, {});
        const gradientScale = clippingFactor(norm, maxGradientNorm);
        optimizer.update(gradients, { learningRate, gradientScale, consume: true });
        steps += 1;
        return { step: steps, loss, gradientNorm: norm, metrics };
      } finally {
        computed.dispose();
      }
    },
    dispose: () => optimizer.dispose(),
  };
}

function trainedParameters(
  model: Pick<CausalLanguageModel, 'parameters'>,
  adapter: LoraAdapter | undefined,
): Parameters {
  const parameters = adapter?.parameters ?? model.parameters;
  requireTrainable(parameters);
  if (!adapter) return parameters;
  const { adapters = new Map() } = model.parameters as WithAdapters;
  const own = [...adapters.values()].flatMap(({ down, up }) => [down, up]);
  if ([...parameters.values()].some((variable) => own.includes(variable))) return parameters;
  throw new TrainerError(
    'invalid-option',
    'The adapter belongs to another model. Pass the one that addLora returned for this model.',
  );
}

/** A model's parameters, with the adapters that it computes with. */
type WithAdapters = Parameters & {
  readonly adapters?: ReadonlyMap<string, { readonly down: tf.Variable; readonly up: tf.Variable }>;
};
