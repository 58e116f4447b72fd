import { createRandom } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { type GptNeoxOptions, gptNeoxConfiguration } from '../families/gpt-neox/configuration.js';
import { languageModelSpecifications } from '../families/gpt-neox/parameters.js';
import { makeVariables, type ParameterSpecification } from '../layers/parameters.js';
import type { CausalLanguageModel } from './causal-language-model.js';
import { GptNeox } from './gpt-neox.js';

export interface CreateModelOptions {
  readonly seed: number;
  /** Bytes that a gradient's forward pass may keep; above, blocks are computed again. 512 MiB by default. */
  readonly memoryBudget?: number;
}

/**
 * Makes a GPT-NeoX model with random weights, as `transformers` initializes it: weights and embeddings from
 * N(0, initializerRange²), biases 0, LayerNorm gains 1 and shifts 0.
 *
 * Each parameter has its own random stream, derived from the seed and its name.
 *
 * @param options the configuration; see `gptNeoxConfiguration` for what may be left out
 * @returns the model; `dispose()` frees its weights
 * @throws {LanguageModelError} `invalid-configuration` naming the field
 * @example
 * const model = createModel({ vocabularySize: 512, hiddenSize: 64, layerCount: 3, headCount: 4 }, { seed: 17 });
 */
export function createModel(
  options: GptNeoxOptions,
  { seed, memoryBudget }: CreateModelOptions,
): CausalLanguageModel {
  const configuration = gptNeoxConfiguration(options);
  return new GptNeox(
    configuration,
    makeVariables(languageModelSpecifications(configuration), (specification) =>
      randomValue(specification, configuration.initializerRange, seed),
    ),
    memoryBudget,
  );
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
