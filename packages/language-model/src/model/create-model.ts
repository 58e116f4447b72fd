import { createRandom } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import type { Architecture, ConfigurationOptions, ModelConfiguration } from '../families/architecture.js';
import type { GptNeoxConfiguration } from '../families/gpt-neox/configuration.js';
import { languageModelSpecifications } from '../families/model-plan.js';
import { defaultArchitecture } from '../families/registry.js';
import { makeVariables, type ParameterSpecification } from '../layers/parameters.js';
import { requireBackend } from '../layers/require-backend.js';
import type { CausalLanguageModel } from './causal-language-model.js';
import { TransformerLanguageModel } from './language-model.js';

/** Options of `createModel`. */
export interface CreateModelOptions<C extends ModelConfiguration = GptNeoxConfiguration> {
  readonly seed: number;
  /** The family; GPT-NeoX by default. */
  readonly architecture?: Architecture<C>;
  /** Bytes that a gradient's forward pass may keep; above, the first blocks are computed again. 512 MiB by default; on native
   * TensorFlow 1 GiB, and 8 bytes more for each frozen weight. */
  readonly memoryBudget?: number;
}

/**
 * Makes a model with random weights, as `transformers` initializes it: weights and embeddings from
 * N(0, initializerRange²), biases 0, and norms that change nothing.
 *
 * Each parameter has its own random stream, derived from the seed and its name.
 *
 * @param options the configuration: vocabulary size, hidden size, layers and heads; the family has defaults for the rest
 * @returns the model; `dispose()` frees its weights
 * @throws {LanguageModelError} `invalid-configuration` naming the field; `missing-backend` if no back end is registered
 * @example
 * const model = createModel({ vocabularySize: 512, hiddenSize: 64, layerCount: 3, headCount: 4 }, { seed: 17 });
 */
export function createModel<C extends ModelConfiguration = GptNeoxConfiguration>(
  options: ConfigurationOptions<NoInfer<C>>,
  { seed, memoryBudget, architecture: given }: CreateModelOptions<C>,
): CausalLanguageModel {
  const architecture = architectureGiven(given);
  const configuration = architecture.complete(options);
  requireBackend('createModel');
  return new TransformerLanguageModel(
    architecture,
    configuration,
    makeVariables(languageModelSpecifications(architecture, configuration), (specification) =>
      randomValue(specification, configuration.initializerRange, seed),
    ),
    memoryBudget,
  );
}

/** The family given, or the default one, as one of no particular configuration. */
export function architectureGiven<C extends ModelConfiguration>(
  given: Architecture<C> | undefined,
): Architecture {
  return (given ?? defaultArchitecture) as unknown as Architecture;
}

/** A parameter's initial value. */
export function randomValue(
  { name, shape, fill }: ParameterSpecification,
  standardDeviation: number,
  seed: number,
): tf.Tensor {
  if (fill === 'zeros') return tf.zeros([...shape]);
  if (fill === 'ones') return tf.ones([...shape]);
  const count = shape.reduce((product, size) => product * size, 1);
  return tf.tensor(createRandom(seed, 'initialize', name).normals(count, { standardDeviation }), [...shape]);
}
