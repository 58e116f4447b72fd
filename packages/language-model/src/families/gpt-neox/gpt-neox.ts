import type { BlockPlan } from '../../layers/block.js';
import type { NormPlan } from '../../layers/norm.js';
import type { Architecture } from '../architecture.js';
import { linearNamed, linearSpecifications, normSpecifications } from '../parameter-specifications.js';
import { type GptNeoxConfiguration, gptNeoxConfiguration, rotaryDimensions } from './configuration.js';
import { readGptNeox, writeGptNeox } from './hugging-face-configuration.js';

const EMBEDDING = 'gpt_neox.embed_in.weight';

/** GPT-NeoX: Pythia and others. */
export const gptNeox: Architecture<GptNeoxConfiguration> = {
  specificationVersion: 'v1',
  modelType: 'gpt_neox',
  architectures: { causal: 'GPTNeoXForCausalLM', score: 'GPTNeoXForSequenceClassification' },
  complete: gptNeoxConfiguration,
  read: readGptNeox,
  write: writeGptNeox,
  shape: (configuration) => ({
    ...configuration,
    keyValueHeadCount: configuration.headCount,
    headSize: configuration.hiddenSize / configuration.headCount,
  }),
  *parameters(configuration) {
    const { vocabularySize, hiddenSize, intermediateSize, layerCount } = configuration;
    yield { name: EMBEDDING, shape: [vocabularySize, hiddenSize], fill: 'normal' };
    for (let index = 0; index < layerCount; index++) {
      const { attentionNorm, mlpNorm, attention, mlp } = block(configuration, index);
      yield* normSpecifications(attentionNorm, hiddenSize);
      yield* normSpecifications(mlpNorm, hiddenSize);
      for (const projection of attention.projection) {
        yield* linearSpecifications(projection, hiddenSize, 3 * hiddenSize);
      }
      yield* linearSpecifications(attention.output, hiddenSize, hiddenSize);
      yield* linearSpecifications(mlp.up, hiddenSize, intermediateSize);
      yield* linearSpecifications(mlp.down, intermediateSize, hiddenSize);
    }
    yield* normSpecifications(finalNorm(configuration), hiddenSize);
  },
  embedding: () => ({ tokens: EMBEDDING }),
  block,
  finalNorm,
  outputHead: 'embed_out.weight',
  adaptable: (name) => /\.(query_key_value|dense|dense_h_to_4h|dense_4h_to_h)\.weight$/.test(name),
  prefix: 'gpt_neox.',
  constants: /\.attention\.(bias|masked_bias|rotary_emb\.inv_freq)$/,
};

function block(configuration: GptNeoxConfiguration, index: number): BlockPlan {
  const { headCount, hiddenSize, attentionBias, useParallelResidual, rotaryBase } = configuration;
  const layer = `gpt_neox.layers.${index}`;
  const headSize = hiddenSize / headCount;
  return {
    residual: useParallelResidual ? 'parallel' : 'sequential',
    attentionNorm: norm(`${layer}.input_layernorm`, configuration),
    attention: {
      heads: headCount,
      keyValueHeads: headCount,
      headSize,
      layout: 'interleaved',
      scale: 1 / Math.sqrt(headSize),
      rotary: { dimensions: rotaryDimensions(configuration), base: rotaryBase },
      projection: [linearNamed(`${layer}.attention.query_key_value`, attentionBias)],
      output: linearNamed(`${layer}.attention.dense`, attentionBias),
    },
    mlpNorm: norm(`${layer}.post_attention_layernorm`, configuration),
    mlp: {
      activation: 'gelu',
      up: linearNamed(`${layer}.mlp.dense_h_to_4h`, true),
      down: linearNamed(`${layer}.mlp.dense_4h_to_h`, true),
    },
  };
}

function finalNorm(configuration: GptNeoxConfiguration): NormPlan {
  return norm('gpt_neox.final_layer_norm', configuration);
}

function norm(name: string, { layerNormEpsilon }: GptNeoxConfiguration): NormPlan {
  return { kind: 'layer', weight: `${name}.weight`, bias: `${name}.bias`, epsilon: layerNormEpsilon };
}
