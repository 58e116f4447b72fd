import type { ParameterSpecification } from '../../layers/parameters.js';
import type { GptNeoxConfiguration } from './configuration.js';

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
