import * as tf from '@tensorflow/tfjs-core';
import { packRows } from '../batch/packed-rows.js';
import { plainRow } from '../batch/token-rows.js';
import { LanguageModelError } from '../errors.js';
import {
  type GptNeoxConfiguration,
  type GptNeoxOptions,
  gptNeoxConfiguration,
} from '../families/gpt-neox/configuration.js';
import { backboneSpecifications, FINAL_NORM } from '../families/gpt-neox/parameters.js';
import { linear, transposedProduct } from '../kernels/matrix-products.js';
import { applyNorm, normGradient } from '../layers/head-log-probs.js';
import { makeVariables, type ParameterSpecification, parameter } from '../layers/parameters.js';
import {
  type Backbone,
  backboneBackward,
  backboneForward,
  bytesToKeep,
  type Keeping,
} from '../network/backbone.js';
import { callDifferentiable, type Differentiable } from '../network/differentiable.js';
import { checkFirstUse } from '../network/finite-check.js';
import type { ModelParts } from '../network/log-probs.js';
import type { CausalLanguageModel, RewardModel } from './causal-language-model.js';
import { companionFiles, withCompanionFiles } from './companion-files.js';
import { type CreateModelOptions, randomValue } from './create-model.js';
import { DEFAULT_MEMORY_BUDGET } from './gpt-neox.js';
import { rewardPaddingToken } from './padding-token.js';
import { tokenizerFacts } from './tokenizer-facts.js';

const SCORE_HEAD = 'score.weight';

/** A GPT-NeoX backbone with a score head, over variables that it owns. */
export class GptNeoxRewardModel implements RewardModel {
  readonly configuration: GptNeoxConfiguration;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  offset: number;
  readonly #parts: ModelParts;

  constructor(
    configuration: GptNeoxConfiguration,
    parameters: ReadonlyMap<string, tf.Variable>,
    offset: number,
    memoryBudget: number = DEFAULT_MEMORY_BUDGET,
  ) {
    this.configuration = configuration;
    this.parameters = parameters;
    this.offset = offset;
    this.#parts = { configuration, parameters, memoryBudget };
  }

  scores(sequences: readonly (readonly number[])[]): tf.Tensor1D {
    if (parameter(this.parameters, SCORE_HEAD).isDisposed) {
      throw new LanguageModelError('disposed', 'this reward model was disposed of; load or create it again.');
    }
    if (sequences.length === 0) return tf.zeros([0]);
    return tf.tidy(() =>
      tf.sub(callDifferentiable(this.parameters, lastTokenScores(this.#parts, sequences)), this.offset),
    );
  }

  dispose(): void {
    for (const variable of this.parameters.values()) variable.dispose();
  }
}

/** w·LN(hidden state of the last token), [sequences]. */
function lastTokenScores(
  model: ModelParts,
  sequences: readonly (readonly number[])[],
): Differentiable<tf.Tensor1D> {
  const { configuration, parameters, memoryBudget } = model;
  const rows = packRows(sequences.map(plainRow), configuration);
  const backbone: Backbone = {
    configuration,
    parameters,
    rows,
    selection: {
      indices: Int32Array.from(sequences, ({ length }, row) => (rows.starts[row] as number) + length - 1),
      total: rows.tokens.length,
    },
  };
  const norm = {
    gain: parameter<tf.Tensor1D>(parameters, `${FINAL_NORM}.weight`),
    shift: parameter<tf.Tensor1D>(parameters, `${FINAL_NORM}.bias`),
    epsilon: configuration.layerNormEpsilon,
  };
  const weight = parameter<tf.Tensor2D>(parameters, SCORE_HEAD);
  const keeping: Keeping = bytesToKeep(backbone) <= memoryBudget ? 'everything' : 'inputs';
  return {
    forward: (keep) => {
      const { output, memory } = backboneForward(backbone, keep ? keeping : 'nothing');
      const value = tf.tidy(() => tf.reshape(linear(applyNorm(output, norm).output, weight), [-1]));
      checkFirstUse([model], value);
      return { value: value as tf.Tensor1D, memory: [output, ...memory] };
    },
    backward: (gradient, [hidden, ...memory]) => {
      const { normalized, output } = applyNorm(hidden as tf.Tensor2D, norm);
      const column = tf.reshape(gradient, [-1, 1]) as tf.Tensor2D;
      const top = normGradient(tf.mul(column, weight) as tf.Tensor2D, normalized, norm);
      const gradients = backboneBackward(backbone, top.hidden, keeping, memory);
      gradients.set(`${FINAL_NORM}.weight`, top.gain);
      gradients.set(`${FINAL_NORM}.bias`, top.shift);
      gradients.set(SCORE_HEAD, transposedProduct(column, output));
      return gradients;
    },
  };
}

/** The parameters of a reward model, in Hugging Face's order. */
export function* rewardModelSpecifications(
  configuration: GptNeoxConfiguration,
): Generator<ParameterSpecification> {
  yield* backboneSpecifications(configuration);
  yield { name: SCORE_HEAD, shape: [1, configuration.hiddenSize], fill: 'normal' };
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
 * @throws {LanguageModelError} `invalid-configuration` naming the field
 * @example
 * const rewardModel = createRewardModel(model, { seed: 17 });
 * console.log(rewardModel.scores([[5, 9, 33, 0]]).shape); // [ 1 ]
 * @see https://arxiv.org/abs/2009.01325 appendix B.1 for the initialization
 */
export function createRewardModel(
  from: CausalLanguageModel | GptNeoxOptions,
  { seed, memoryBudget }: CreateModelOptions,
): RewardModel {
  const model = 'parameters' in from ? from : undefined;
  const companions = companionFiles(from);
  const own = 'parameters' in from ? from.configuration : gptNeoxConfiguration(from);
  const configuration = { ...own, paddingToken: rewardPaddingToken(own, tokenizerFacts(companions)) };
  const parameters = makeVariables(rewardModelSpecifications(configuration), (specification) => {
    const { name } = specification;
    if (name === SCORE_HEAD)
      return randomValue(specification, 1 / Math.sqrt(configuration.hiddenSize + 1), seed);
    const copied = model?.parameters.get(name);
    return copied ? tf.clone(copied) : randomValue(specification, configuration.initializerRange, seed);
  });
  return withCompanionFiles(new GptNeoxRewardModel(configuration, parameters, 0, memoryBudget), companions);
}
