import * as tf from '@tensorflow/tfjs-core';
import { rowsGiven } from '../batch/given-tokens.js';
import { packRows } from '../batch/packed-rows.js';
import { plainRow } from '../batch/token-rows.js';
import { LanguageModelError } from '../errors.js';
import type { Architecture, ConfigurationOptions, ModelConfiguration } from '../families/architecture.js';
import type { GptNeoxConfiguration } from '../families/gpt-neox/configuration.js';
import { modelPlan, rewardModelSpecifications, SCORE_HEAD } from '../families/model-plan.js';
import { linear, transposedProduct } from '../kernels/matrix-products.js';
import { applyNorm, namedNormGradients, normGradient, normOf } from '../layers/norm.js';
import { ModelParameters, makeVariables, parameter } from '../layers/parameters.js';
import { requireBackend } from '../layers/require-backend.js';
import {
  type Backbone,
  type BackboneMemory,
  backboneBackward,
  backboneForward,
  keepingWithin,
} from '../network/backbone.js';
import { callDifferentiable, type Differentiable } from '../network/differentiable.js';
import { checkFirstUse } from '../network/finite-check.js';
import type { ModelParts } from '../network/log-probs.js';
import { memoryBudgetOf } from '../network/memory-budget.js';
import type { CausalLanguageModel, RewardModel } from './causal-language-model.js';
import { companionFiles, withCompanionFiles } from './companion-files.js';
import { architectureGiven, type CreateModelOptions, randomValue } from './create-model.js';
import { effectiveParameter } from './lora.js';
import { modelOrigin, withOrigin } from './model-origin.js';
import { rewardPaddingToken } from './padding-token.js';
import { tokenizerFacts } from './tokenizer-facts.js';

/** A transformer of any family with a score head, over variables that it owns. */
export class TransformerRewardModel implements RewardModel {
  readonly architecture: Architecture;
  readonly configuration: ModelConfiguration;
  readonly parameters: ModelParameters;
  offset: number;
  readonly #parts: ModelParts;

  constructor(
    architecture: Architecture,
    configuration: ModelConfiguration,
    parameters: ReadonlyMap<string, tf.Variable>,
    offset: number,
    memoryBudget?: number,
  ) {
    this.architecture = architecture;
    this.configuration = configuration;
    this.parameters = new ModelParameters(parameters);
    this.offset = offset;
    const plan = modelPlan(architecture, configuration);
    this.#parts = { configuration, plan, parameters: this.parameters, memoryBudget };
  }

  scores(given: readonly ArrayLike<number>[]): tf.Tensor1D {
    if (parameter(this.parameters, SCORE_HEAD).isDisposed) {
      throw new LanguageModelError('disposed', 'this reward model was disposed of; load or create it again.');
    }
    if (given.length === 0) return tf.zeros([0]);
    const sequences = rowsGiven(given);
    return tf.tidy(() =>
      tf.sub(callDifferentiable(this.parameters, lastTokenScores(this.#parts, sequences)), this.offset),
    );
  }

  dispose(): void {
    this.parameters.dispose();
  }
}

/** w·norm(hidden state of the last token), [sequences]. */
function lastTokenScores(
  model: ModelParts,
  sequences: readonly (readonly number[])[],
): Differentiable<tf.Tensor1D, { readonly hidden: tf.Tensor2D; readonly below: BackboneMemory }> {
  const { plan, parameters } = model;
  const rows = packRows(sequences.map(plainRow), plan.shape);
  const backbone: Backbone = {
    plan,
    parameters,
    rows,
    selection: {
      indices: Int32Array.from(sequences, ({ length }, row) => (rows.starts[row] as number) + length - 1),
      total: rows.tokens.length,
    },
  };
  const weight = parameter<tf.Tensor2D>(parameters, SCORE_HEAD);
  const keeping = keepingWithin(backbone, memoryBudgetOf(model));
  return {
    forward: (keep) => {
      const { output: hidden, memory: below } = backboneForward(backbone, keep ? keeping : 'nothing');
      const value = tf.tidy(() => {
        const { output } = applyNorm(hidden, normOf(parameters, plan.finalNorm));
        return tf.reshape(linear(output, weight), [-1]) as tf.Tensor1D;
      });
      checkFirstUse([model], value);
      return { value, memory: { hidden, below } };
    },
    backward: (gradient, { hidden, below }) => {
      const norm = normOf(parameters, plan.finalNorm);
      const { normalized, output } = applyNorm(hidden, norm);
      const column = tf.reshape(gradient, [-1, 1]) as tf.Tensor2D;
      const top = normGradient(tf.mul(column, weight) as tf.Tensor2D, normalized, norm);
      return {
        ...backboneBackward(backbone, top.input, below),
        ...namedNormGradients(plan.finalNorm, top),
        [SCORE_HEAD]: transposedProduct(column, output),
      };
    },
  };
}

/**
 * Makes a reward model: a backbone with a linear score of the last token's hidden state.
 *
 * The head is drawn from N(0, 1/(hidden size + 1)) and has no bias; the offset is 0. The configuration's `paddingToken`
 * is one that no text ends with, so that `transformers` scores padded batches at the same tokens: the carried
 * tokenizer's, for example.
 *
 * @param from a language model, whose backbone is copied (it stays as it is), or a configuration for a random one
 * @returns the reward model; `dispose()` frees its weights
 * @throws {LanguageModelError} `invalid-configuration` naming the field; `missing-backend` if no back end is registered
 * @example
 * const rewardModel = createRewardModel(model, { seed: 17 });
 * console.log(rewardModel.scores([[5, 9, 33, 0]]).shape); // [ 1 ]
 * @see https://arxiv.org/abs/2009.01325 appendix B.1 for the initialization
 */
export function createRewardModel<C extends ModelConfiguration = GptNeoxConfiguration>(
  from: CausalLanguageModel | ConfigurationOptions<NoInfer<C>>,
  { seed, memoryBudget, architecture: given }: CreateModelOptions<C>,
): RewardModel {
  const model = 'parameters' in from ? from : undefined;
  const architecture = model?.architecture ?? architectureGiven(given);
  const companions = companionFiles(from);
  const own = 'parameters' in from ? from.configuration : architecture.complete(from);
  const configuration = { ...own, paddingToken: rewardPaddingToken(own, tokenizerFacts(companions)) };
  requireBackend('createRewardModel');
  const specifications = rewardModelSpecifications(architecture, configuration);
  const parameters = makeVariables(specifications, (specification) => {
    const { name } = specification;
    if (name === SCORE_HEAD)
      return randomValue(specification, 1 / Math.sqrt(configuration.hiddenSize + 1), seed);
    return model?.parameters.has(name)
      ? effectiveParameter(model.parameters, name)
      : randomValue(specification, configuration.initializerRange, seed);
  });
  const made = new TransformerRewardModel(architecture, configuration, parameters, 0, memoryBudget);
  return withOrigin(withCompanionFiles(made, companions), modelOrigin(from));
}
