import { LanguageModelError } from '../errors.js';
import type { ModelShape } from '../model-shape.js';
import type { Architecture, ConfigurationOptions, ModelConfiguration } from './architecture.js';
import type { GptNeoxConfiguration } from './gpt-neox/configuration.js';
import { languageModelSpecifications } from './model-plan.js';
import { defaultArchitecture } from './registry.js';

/** How large a model is, before it is made. */
export interface ModelSize {
  readonly shape: ModelShape;
  /** Numbers in all parameters. */
  readonly parameters: number;
  /** Numbers in the blocks' parameters, each of which takes part in the computation of every token. */
  readonly blockParameters: number;
}

/** More tensors than any model has: a configuration that claims them is damaged. */
const MOST_TENSORS = 1e6;

/** The size of a configuration's language model. */
export function sizeOf<C extends ModelConfiguration>(
  architecture: Architecture<C>,
  configuration: C,
): ModelSize {
  const { tokens, positions } = architecture.embedding(configuration);
  const outside = [tokens, positions, architecture.outputHead];
  let [parameters, blockParameters, tensors] = [0, 0, 0];
  for (const { name, shape } of languageModelSpecifications(architecture, configuration)) {
    const size = shape.reduce((product, length) => product * length, 1);
    parameters += size;
    if (!outside.includes(name)) blockParameters += size;
    tensors++;
    if (tensors > MOST_TENSORS) {
      throw new LanguageModelError(
        'invalid-configuration',
        `configuration.layerCount is ${configuration.layerCount}, which makes more than ${MOST_TENSORS} parameters.`,
      );
    }
  }
  return { shape: architecture.shape(configuration), parameters, blockParameters };
}

/**
 * The size of a model with random weights, before it is made.
 *
 * @param options as for `createModel`
 * @param architecture the family; GPT-NeoX by default
 * @throws {LanguageModelError} `invalid-configuration` naming the field
 * @example
 * const { parameters } = modelSize({ vocabularySize: 512, hiddenSize: 64, layerCount: 3, headCount: 4 });
 * console.log(parameters); // 215616
 */
export function modelSize<C extends ModelConfiguration = GptNeoxConfiguration>(
  options: ConfigurationOptions<NoInfer<C>>,
  architecture: Architecture<C> = defaultArchitecture as unknown as Architecture<C>,
): ModelSize {
  return sizeOf(architecture, architecture.complete(options));
}
