import * as tf from '@tensorflow/tfjs-core';
import { type Backbone, backboneBackward, backboneForward, bytesToKeep, type Keeping } from './backbone.js';
import type { CausalLanguageModel, RewardModel } from './causal-language-model.js';
import { readConfiguration, readParameters, writeCheckpoint } from './checkpoint.js';
import { type GptNeoxConfiguration, type GptNeoxOptions, gptNeoxConfiguration } from './configuration.js';
import { type CreateModelOptions, randomValue } from './create-model.js';
import { callDifferentiable, type Differentiable } from './differentiable.js';
import { CheckpointError, LanguageModelError } from './errors.js';
import { DEFAULT_MEMORY_BUDGET } from './gpt-neox.js';
import { applyNorm, normGradient } from './head-log-probs.js';
import type { ModelParts } from './log-probs.js';
import { linear, transposedProduct } from './matrix-products.js';
import { packRows } from './packed-rows.js';
import {
  backboneSpecifications,
  FINAL_NORM,
  makeVariables,
  type ParameterSpecification,
  parameter,
} from './parameters.js';
import type { LoadOptions } from './pretrained.js';
import { plainRow } from './token-rows.js';

const SCORE_HEAD = 'score.weight';
const OFFSET_KEY = 'ais_score_offset';
const ARCHITECTURE = 'GPTNeoXForSequenceClassification';

class GptNeoxRewardModel implements RewardModel {
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
  { configuration, parameters, memoryBudget }: ModelParts,
  sequences: readonly (readonly number[])[],
): Differentiable<tf.Tensor1D> {
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
function rewardModelSpecifications(configuration: GptNeoxConfiguration): ParameterSpecification[] {
  return [
    ...backboneSpecifications(configuration),
    { name: SCORE_HEAD, shape: [1, configuration.hiddenSize], fill: 'normal' },
  ];
}

/**
 * Makes a reward model: a backbone with a linear score of the last token's hidden state.
 *
 * The head is drawn from N(0, 1/(hidden size + 1)) and has no bias; the offset is 0.
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
  const configuration = 'parameters' in from ? from.configuration : gptNeoxConfiguration(from);
  const parameters = makeVariables(rewardModelSpecifications(configuration), (specification) => {
    const { name } = specification;
    if (name === SCORE_HEAD)
      return randomValue(specification, 1 / Math.sqrt(configuration.hiddenSize + 1), seed);
    const copied = model?.parameters.get(name);
    return copied ? tf.clone(copied) : randomValue(specification, configuration.initializerRange, seed);
  });
  return new GptNeoxRewardModel(configuration, parameters, 0, memoryBudget);
}

/**
 * Loads a reward model in the layout of `GPTNeoXForSequenceClassification` with one label.
 *
 * The score is that of the last token given, whatever it is: where `transformers` looks for the last token that is
 * not padding, this takes sequences without padding.
 *
 * @param directory a local folder
 * @throws {CheckpointError} whose `code`, `file`, `tensor`, `expected` and `found` say what is wrong
 * @example
 * const rewardModel = await loadRewardModel('gold');
 */
export async function loadRewardModel(
  directory: string,
  { memoryBudget }: LoadOptions = {},
): Promise<RewardModel> {
  const { configuration, json, file } = await readConfiguration(directory);
  const architectures = json['architectures'];
  if (Array.isArray(architectures) && !architectures.includes(ARCHITECTURE)) {
    throw new CheckpointError('unsupported-architecture', 'it is no reward model.', {
      file,
      expected: ARCHITECTURE,
      found: architectures.join(', '),
    });
  }
  const offset = json[OFFSET_KEY] ?? 0;
  if (typeof offset !== 'number' || !Number.isFinite(offset)) {
    throw new CheckpointError('checkpoint-corrupt', `its ${OFFSET_KEY} is no number.`, {
      file,
      expected: 'a finite number',
      found: JSON.stringify(offset),
    });
  }
  const parameters = await readParameters(directory, rewardModelSpecifications(configuration));
  return new GptNeoxRewardModel(configuration, parameters, offset, memoryBudget);
}

/**
 * Writes a reward model in Hugging Face's layout, float32; `transformers` opens it as
 * `GPTNeoXForSequenceClassification` with one label. The offset is kept in `config.json` as `ais_score_offset`,
 * which `transformers` does not subtract.
 *
 * @param directory a local folder; made where there is none
 * @throws {CheckpointError} `checkpoint-unwritable` with the system's reason
 * @example
 * await saveRewardModel(rewardModel, 'gold');
 */
export async function saveRewardModel(model: RewardModel, directory: string): Promise<void> {
  await writeCheckpoint(directory, model.configuration, model.parameters, {
    architecture: ARCHITECTURE,
    extraKeys: {
      id2label: { 0: 'LABEL_0' },
      label2id: { LABEL_0: 0 },
      [OFFSET_KEY]: model.offset,
    },
  });
}
