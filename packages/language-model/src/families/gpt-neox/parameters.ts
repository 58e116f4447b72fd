import * as tf from '@tensorflow/tfjs-core';
import type { GptNeoxConfiguration } from './configuration.js';

/** A parameter's Hugging Face name and shape, and what `transformers` fills it with at random initialization. */
export interface ParameterSpecification {
  readonly name: string;
  readonly shape: readonly number[];
  readonly fill: 'normal' | 'zeros' | 'ones';
}

/**
 * The parameters of the backbone (`gpt_neox.*`), in Hugging Face's order.
 *
 * One at a time: whoever reads an untrusted configuration stops before there are more than its checkpoint has.
 */
export function* backboneSpecifications(
  configuration: GptNeoxConfiguration,
): Generator<ParameterSpecification> {
  const { vocabularySize, hiddenSize, intermediateSize, layerCount, attentionBias } = configuration;
  yield { name: EMBEDDING, shape: [vocabularySize, hiddenSize], fill: 'normal' };
  for (let index = 0; index < layerCount; index++) {
    const layer = blockPrefix(index);
    yield* norm(`${layer}.input_layernorm`, hiddenSize);
    yield* norm(`${layer}.post_attention_layernorm`, hiddenSize);
    yield* dense(`${layer}.attention.query_key_value`, hiddenSize, 3 * hiddenSize, attentionBias);
    yield* dense(`${layer}.attention.dense`, hiddenSize, hiddenSize, attentionBias);
    yield* dense(`${layer}.mlp.dense_h_to_4h`, hiddenSize, intermediateSize);
    yield* dense(`${layer}.mlp.dense_4h_to_h`, intermediateSize, hiddenSize);
  }
  yield* norm(FINAL_NORM, hiddenSize);
}

/** The parameters of a causal language model, in Hugging Face's order; a tied head has none of its own. */
export function* languageModelSpecifications(
  configuration: GptNeoxConfiguration,
): Generator<ParameterSpecification> {
  const { vocabularySize, hiddenSize, tieWordEmbeddings } = configuration;
  yield* backboneSpecifications(configuration);
  if (!tieWordEmbeddings) yield { name: OUTPUT_HEAD, shape: [vocabularySize, hiddenSize], fill: 'normal' };
}

function norm(name: string, size: number): ParameterSpecification[] {
  return [
    { name: `${name}.weight`, shape: [size], fill: 'ones' },
    { name: `${name}.bias`, shape: [size], fill: 'zeros' },
  ];
}

function dense(name: string, from: number, to: number, bias = true): ParameterSpecification[] {
  const weight: ParameterSpecification = { name: `${name}.weight`, shape: [to, from], fill: 'normal' };
  return bias ? [weight, { name: `${name}.bias`, shape: [to], fill: 'zeros' }] : [weight];
}

export const EMBEDDING = 'gpt_neox.embed_in.weight';
export const FINAL_NORM = 'gpt_neox.final_layer_norm';
export const OUTPUT_HEAD = 'embed_out.weight';

export function blockPrefix(index: number): string {
  return `gpt_neox.layers.${index}`;
}

/** Tensors by parameter name: the parameters themselves, or their gradients. */
export type NamedTensors = ReadonlyMap<string, tf.Tensor>;

/** A parameter that the model cannot be without. */
export function parameter<T extends tf.Tensor>(parameters: NamedTensors, name: string): T {
  const value = parameters.get(name);
  if (value === undefined) throw new Error(`@ais/language-model: no parameter is called ${name}.`);
  return value as T;
}

/** Makes one variable a specification; `values` gives each its content, and its tensor is disposed. */
export function makeVariables(
  specifications: Iterable<ParameterSpecification>,
  values: (specification: ParameterSpecification) => tf.Tensor,
): Map<string, tf.Variable> {
  const variables = new Map<string, tf.Variable>();
  try {
    for (const specification of specifications) {
      const value = values(specification);
      variables.set(specification.name, tf.variable(value));
      value.dispose();
    }
  } catch (error) {
    for (const variable of variables.values()) variable.dispose();
    throw error;
  }
  return variables;
}
