import type { Json } from '../../files/json.js';
import type { BlockPlan } from '../../layers/block.js';
import type { NormPlan } from '../../layers/norm.js';
import type { Architecture, ConfigurationOptions, ModelConfiguration } from '../architecture.js';
import { completeConfiguration, requireDivisor } from '../complete-configuration.js';
import {
  type ConfigurationFormat,
  demand,
  given,
  numberIn,
  readConfigurationJson,
  writeConfigurationJson,
} from '../hugging-face-configuration.js';
import { linearNamed, linearSpecifications, normSpecifications } from '../parameter-specifications.js';

/** The configuration of a GPT-2 model. */
export interface Gpt2Configuration extends ModelConfiguration {
  readonly layerNormEpsilon: number;
}

const FORMAT: ConfigurationFormat<Gpt2Configuration> = {
  keys: {
    vocabularySize: 'vocab_size',
    hiddenSize: 'n_embd',
    layerCount: 'n_layer',
    headCount: 'n_head',
    maxPositions: 'n_positions',
    layerNormEpsilon: 'layer_norm_epsilon',
    tieWordEmbeddings: 'tie_word_embeddings',
    initializerRange: 'initializer_range',
  },
  defaults: { vocabularySize: 50_257, hiddenSize: 768, layerCount: 12, headCount: 12 },
  startOfText: 50_256,
  endOfText: 50_256,
  ownKeys: ['n_inner', ...Object.keys(fixedKeys())],
  fieldKeys: { intermediateSize: 'n_inner' },
  complete,
};

/** Keys that this package computes with one value of. */
function fixedKeys(): Record<string, unknown> {
  return {
    activation_function: 'gelu_new',
    scale_attn_weights: true,
    scale_attn_by_inverse_layer_idx: false,
    add_cross_attention: false,
  };
}

function complete(options: ConfigurationOptions<Gpt2Configuration>): Gpt2Configuration {
  const configuration = completeConfiguration<Gpt2Configuration>(
    options,
    {
      intermediateSize: 4 * options.hiddenSize,
      layerNormEpsilon: 1e-5,
      maxPositions: 1024,
      tieWordEmbeddings: true,
    },
    { positive: ['layerNormEpsilon'] },
  );
  requireDivisor('headCount', configuration.headCount, configuration.hiddenSize, 'hidden size');
  return configuration;
}

function read(config: Json, file: string): Gpt2Configuration {
  for (const [key, value] of Object.entries(fixedKeys())) demand(file, key, value, given(config[key], value));
  const inner = config['n_inner'] ?? 4 * numberIn(given(config['n_embd'], FORMAT.defaults.hiddenSize));
  return readConfigurationJson(config, file, FORMAT, { intermediateSize: inner as number });
}

function write(configuration: Gpt2Configuration): Json {
  return {
    ...writeConfigurationJson(configuration, FORMAT),
    n_inner: configuration.intermediateSize,
    ...fixedKeys(),
  };
}

const TOKENS = 'transformer.wte.weight';
const POSITIONS = 'transformer.wpe.weight';

/** GPT-2: learned positions, LayerNorm, GELU by the hyperbolic tangent; checkpoints have its matrices as [in, out]. */
export const gpt2: Architecture<Gpt2Configuration> = {
  specificationVersion: 'v1',
  modelType: 'gpt2',
  architectures: { causal: 'GPT2LMHeadModel', score: 'GPT2ForSequenceClassification' },
  complete,
  read,
  write,
  shape: (configuration) => ({
    ...configuration,
    keyValueHeadCount: configuration.headCount,
    headSize: configuration.hiddenSize / configuration.headCount,
  }),
  *parameters(configuration) {
    const { vocabularySize, maxPositions, hiddenSize, intermediateSize, layerCount } = configuration;
    yield { name: TOKENS, shape: [vocabularySize, hiddenSize], fill: 'normal' };
    yield { name: POSITIONS, shape: [maxPositions, hiddenSize], fill: 'normal' };
    for (let index = 0; index < layerCount; index++) {
      const { attentionNorm, attention, mlpNorm, mlp } = block(configuration, index);
      yield* normSpecifications(attentionNorm, hiddenSize);
      for (const projection of attention.projection) {
        yield* linearSpecifications(projection, hiddenSize, 3 * hiddenSize, true);
      }
      yield* linearSpecifications(attention.output, hiddenSize, hiddenSize, true);
      yield* normSpecifications(mlpNorm, hiddenSize);
      yield* linearSpecifications(mlp.up, hiddenSize, intermediateSize, true);
      yield* linearSpecifications(mlp.down, intermediateSize, hiddenSize, true);
    }
    yield* normSpecifications(finalNorm(configuration), hiddenSize);
  },
  embedding: () => ({ tokens: TOKENS, positions: POSITIONS }),
  block,
  finalNorm,
  outputHead: 'lm_head.weight',
  adaptable: (name) => /\.(c_attn|c_proj|c_fc)\.weight$/.test(name),
  prefix: 'transformer.',
  constants: /\.attn\.(bias|masked_bias)$/,
};

function block(configuration: Gpt2Configuration, index: number): BlockPlan {
  const { headCount, hiddenSize } = configuration;
  const layer = `transformer.h.${index}`;
  const headSize = hiddenSize / headCount;
  return {
    residual: 'sequential',
    attentionNorm: norm(`${layer}.ln_1`, configuration),
    attention: {
      heads: headCount,
      keyValueHeads: headCount,
      headSize,
      layout: 'planar',
      scale: 1 / Math.sqrt(headSize),
      projection: [linearNamed(`${layer}.attn.c_attn`, true)],
      output: linearNamed(`${layer}.attn.c_proj`, true),
    },
    mlpNorm: norm(`${layer}.ln_2`, configuration),
    mlp: {
      activation: 'gelu-tanh',
      up: linearNamed(`${layer}.mlp.c_fc`, true),
      down: linearNamed(`${layer}.mlp.c_proj`, true),
    },
  };
}

function finalNorm(configuration: Gpt2Configuration): NormPlan {
  return norm('transformer.ln_f', configuration);
}

function norm(name: string, { layerNormEpsilon }: Gpt2Configuration): NormPlan {
  return { kind: 'layer', weight: `${name}.weight`, bias: `${name}.bias`, epsilon: layerNormEpsilon };
}
