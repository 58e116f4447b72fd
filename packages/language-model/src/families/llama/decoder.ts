import type { ActivationName } from '../../layers/activation.js';
import type { BlockPlan } from '../../layers/block.js';
import type { NormPlan } from '../../layers/norm.js';
import type { ParameterSpecification } from '../../layers/parameters.js';
import type { RotaryPlan } from '../../layers/rotary.js';
import type { Architecture } from '../architecture.js';
import { linearNamed, linearSpecifications, normSpecifications } from '../parameter-specifications.js';
import type { DecoderConfiguration } from './decoder-configuration.js';

/** What tells one of Llama's descendants from another. */
export interface DecoderTraits {
  /** Whether queries, keys, and values have biases. */
  readonly projectionBias?: boolean;
  /** Whether the attention's last layer has one. */
  readonly outputBias?: boolean;
  readonly mlpBias?: boolean;
  /** Whether each head's query and key are normalized. */
  readonly headNorms?: boolean;
  /** How many tokens a token sees, itself included; all before it by default. */
  readonly window?: number | undefined;
  /** Whether both branches' outputs are normalized too. */
  readonly outputNorms?: boolean;
  /** The gate's; SiLU by default. */
  readonly activation?: ActivationName;
  /** What scores are multiplied with; 1/√(head size) by default. */
  readonly scale?: number;
  /** The rotary embedding; the configuration's by default. */
  readonly rotary?: RotaryPlan;
}

/** What a family says of itself; the rest follows from Llama. */
export interface Decoder<C extends DecoderConfiguration>
  extends Pick<Architecture<C>, 'modelType' | 'architectures' | 'complete' | 'read' | 'write'> {
  traits(configuration: C, index: number): DecoderTraits;
  /** Whether norms multiply by 1 + w. */
  readonly unitOffset?: boolean;
  /** What embeddings are multiplied with; 1 by default. */
  embeddingScale?(configuration: C): number;
}

const EMBEDDING = 'model.embed_tokens.weight';

/**
 * A family that is Llama up to a few traits: RMSNorm, rotary embedding over whole heads, grouped-query attention, SwiGLU.
 */
export function decoder<C extends DecoderConfiguration>({
  traits,
  unitOffset = false,
  embeddingScale,
  ...family
}: Decoder<C>): Architecture<C> {
  const norm = (name: string, { normEpsilon }: DecoderConfiguration): NormPlan => ({
    kind: 'rms',
    weight: `${name}.weight`,
    epsilon: normEpsilon,
    unitOffset,
  });
  const block = (configuration: C, index: number): BlockPlan =>
    decoderBlock(configuration, index, traits(configuration, index), (name) => norm(name, configuration));
  const finalNorm = (configuration: C): NormPlan => norm('model.norm', configuration);
  return {
    ...family,
    specificationVersion: 'v1',
    shape: (configuration) => configuration,
    *parameters(configuration) {
      const { vocabularySize, hiddenSize, layerCount } = configuration;
      yield { name: EMBEDDING, shape: [vocabularySize, hiddenSize], fill: 'normal' };
      for (let index = 0; index < layerCount; index++) {
        yield* blockSpecifications(configuration, block(configuration, index));
      }
      yield* normSpecifications(finalNorm(configuration), hiddenSize);
    },
    embedding: (configuration) => ({ tokens: EMBEDDING, scale: embeddingScale?.(configuration) }),
    block,
    finalNorm,
    outputHead: 'lm_head.weight',
    adaptable: (name) => /\.(q|k|v|o|gate|up|down)_proj\.weight$/.test(name),
    prefix: 'model.',
    constants: /\.self_attn\.rotary_emb\.inv_freq$/,
  };
}

function* blockSpecifications(
  configuration: DecoderConfiguration,
  { attention, mlp, ...norms }: BlockPlan,
): Generator<ParameterSpecification> {
  const { hiddenSize, intermediateSize, headCount, keyValueHeadCount, headSize } = configuration;
  const rows = [headCount, keyValueHeadCount, keyValueHeadCount].map((heads) => heads * headSize);
  for (const [index, projection] of attention.projection.entries()) {
    yield* linearSpecifications(projection, hiddenSize, rows[index] as number);
  }
  yield* linearSpecifications(attention.output, headCount * headSize, hiddenSize);
  if (attention.headNorms) {
    yield* normSpecifications(attention.headNorms.query, headSize);
    yield* normSpecifications(attention.headNorms.key, headSize);
  }
  if (mlp.gate) yield* linearSpecifications(mlp.gate, hiddenSize, intermediateSize);
  yield* linearSpecifications(mlp.up, hiddenSize, intermediateSize);
  yield* linearSpecifications(mlp.down, intermediateSize, hiddenSize);
  for (const norm of [norms.attentionNorm, norms.attentionOutputNorm, norms.mlpNorm, norms.mlpOutputNorm]) {
    if (norm) yield* normSpecifications(norm, hiddenSize);
  }
}

function decoderBlock(
  configuration: DecoderConfiguration,
  index: number,
  traits: DecoderTraits,
  norm: (name: string) => NormPlan,
): BlockPlan {
  const { headCount, keyValueHeadCount, headSize, rotaryBase, rotaryScaling } = configuration;
  const { projectionBias = false, outputBias = false, mlpBias = false } = traits;
  const { headNorms = false, outputNorms = false, activation = 'silu' } = traits;
  const { scale = 1 / Math.sqrt(headSize) } = traits;
  const { rotary = { dimensions: headSize, base: rotaryBase, scaling: rotaryScaling ?? undefined } } = traits;
  const layer = `model.layers.${index}`;
  const attention = `${layer}.self_attn`;
  return {
    residual: 'sequential',
    attentionNorm: norm(`${layer}.input_layernorm`),
    attention: {
      heads: headCount,
      keyValueHeads: keyValueHeadCount,
      headSize,
      layout: 'planar',
      scale,
      rotary,
      window: traits.window,
      projection: ['q_proj', 'k_proj', 'v_proj'].map((name) =>
        linearNamed(`${attention}.${name}`, projectionBias),
      ),
      headNorms: headNorms
        ? { query: norm(`${attention}.q_norm`), key: norm(`${attention}.k_norm`) }
        : undefined,
      output: linearNamed(`${attention}.o_proj`, outputBias),
    },
    ...(outputNorms
      ? {
          attentionOutputNorm: norm(`${layer}.post_attention_layernorm`),
          mlpNorm: norm(`${layer}.pre_feedforward_layernorm`),
          mlpOutputNorm: norm(`${layer}.post_feedforward_layernorm`),
        }
      : { mlpNorm: norm(`${layer}.post_attention_layernorm`) }),
    mlp: {
      activation,
      gate: linearNamed(`${layer}.mlp.gate_proj`, mlpBias),
      up: linearNamed(`${layer}.mlp.up_proj`, mlpBias),
      down: linearNamed(`${layer}.mlp.down_proj`, mlpBias),
    },
  };
}
