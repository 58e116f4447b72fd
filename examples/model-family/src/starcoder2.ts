import {
  type Architecture,
  type BlockPlan,
  COMMON_KEYS,
  type ConfigurationFormat,
  type ConfigurationOptions,
  completeConfiguration,
  demand,
  given,
  linearNamed,
  linearSpecifications,
  type ModelConfiguration,
  type NormPlan,
  normSpecifications,
  type RotaryFields,
  readConfigurationJson,
  readRotary,
  requireDivisor,
  writeConfigurationJson,
  writeRotary,
} from '@ais/language-model/families';

/** The configuration of a StarCoder2 model. */
export interface Starcoder2Configuration extends ModelConfiguration, RotaryFields {
  /** Heads of keys and values; each serves as many heads of queries. */
  readonly keyValueHeadCount: number;
  readonly normEpsilon: number;
  /** Whether linear layers have biases. */
  readonly useBias: boolean;
  /** How many tokens a token sees, itself included; null for all before it. */
  readonly slidingWindow: number | null;
}

const FORMAT: ConfigurationFormat<Starcoder2Configuration> = {
  keys: {
    ...COMMON_KEYS,
    keyValueHeadCount: 'num_key_value_heads',
    normEpsilon: 'norm_epsilon',
    useBias: 'use_bias',
    slidingWindow: 'sliding_window',
  },
  // What transformers takes for a missing key, where the field's own default is another.
  defaults: {
    vocabularySize: 49_152,
    hiddenSize: 3072,
    layerCount: 30,
    headCount: 24,
    keyValueHeadCount: 2,
    initializerRange: 0.018042,
  },
  startOfText: 50_256,
  endOfText: 50_256,
  ownKeys: ['hidden_act', 'rope_theta', 'rope_scaling', 'rope_parameters'],
  complete,
};

function complete(options: ConfigurationOptions<Starcoder2Configuration>): Starcoder2Configuration {
  const configuration = completeConfiguration<Starcoder2Configuration>(
    options,
    {
      intermediateSize: 4 * options.hiddenSize,
      keyValueHeadCount: options.headCount,
      rotaryBase: 10_000,
      rotaryScaling: null,
      maxPositions: 4096,
      normEpsilon: 1e-5,
      useBias: true,
      slidingWindow: null,
      tieWordEmbeddings: true,
    },
    { counts: ['keyValueHeadCount'], positive: ['rotaryBase', 'normEpsilon'], flags: ['useBias'] },
  );
  const { hiddenSize, headCount, keyValueHeadCount } = configuration;
  requireDivisor('headCount', 2 * headCount, hiddenSize, 'hidden size, in pairs of dimensions,');
  requireDivisor('keyValueHeadCount', keyValueHeadCount, headCount, 'number of heads');
  return configuration;
}

const ACTIVATION = 'gelu_pytorch_tanh';
const EMBEDDING = 'model.embed_tokens.weight';

function norm(name: string, { normEpsilon: epsilon }: Starcoder2Configuration): NormPlan {
  return { kind: 'layer', weight: `${name}.weight`, bias: `${name}.bias`, epsilon };
}

function block(configuration: Starcoder2Configuration, index: number): BlockPlan {
  const { headCount, keyValueHeadCount, rotaryBase, rotaryScaling, slidingWindow } = configuration;
  const linear = (name: string) => linearNamed(`model.layers.${index}.${name}`, configuration.useBias);
  const headSize = configuration.hiddenSize / headCount;
  return {
    residual: 'sequential',
    attentionNorm: norm(`model.layers.${index}.input_layernorm`, configuration),
    attention: {
      heads: headCount,
      keyValueHeads: keyValueHeadCount,
      headSize,
      layout: 'planar',
      scale: 1 / Math.sqrt(headSize),
      rotary: { dimensions: headSize, base: rotaryBase, scaling: rotaryScaling ?? undefined },
      window: slidingWindow ?? undefined,
      projection: ['q_proj', 'k_proj', 'v_proj'].map((name) => linear(`self_attn.${name}`)),
      output: linear('self_attn.o_proj'),
    },
    mlpNorm: norm(`model.layers.${index}.post_attention_layernorm`, configuration),
    mlp: { activation: 'gelu-tanh', up: linear('mlp.c_fc'), down: linear('mlp.c_proj') },
  };
}

/** StarCoder2. */
export const starcoder2: Architecture<Starcoder2Configuration> = {
  specificationVersion: 'v1',
  modelType: 'starcoder2',
  architectures: { causal: 'Starcoder2ForCausalLM', score: 'Starcoder2ForSequenceClassification' },
  complete,
  read: (json, file) => {
    demand(file, 'hidden_act', ACTIVATION, given(json['hidden_act'], ACTIVATION));
    return readConfigurationJson(json, file, FORMAT, readRotary(json, file));
  },
  write: (configuration) => ({
    ...writeConfigurationJson(configuration, FORMAT),
    hidden_act: ACTIVATION,
    ...writeRotary(configuration),
  }),
  shape: (configuration) => ({
    ...configuration,
    headSize: configuration.hiddenSize / configuration.headCount,
  }),
  *parameters(configuration) {
    const { vocabularySize, hiddenSize, intermediateSize, headCount, keyValueHeadCount } = configuration;
    const ofKeys = (hiddenSize / headCount) * keyValueHeadCount;
    yield { name: EMBEDDING, shape: [vocabularySize, hiddenSize], fill: 'normal' };
    for (let index = 0; index < configuration.layerCount; index++) {
      const { attention, attentionNorm, mlp, mlpNorm } = block(configuration, index);
      for (const [part, projection] of attention.projection.entries()) {
        yield* linearSpecifications(projection, hiddenSize, part === 0 ? hiddenSize : ofKeys);
      }
      yield* linearSpecifications(attention.output, hiddenSize, hiddenSize);
      yield* linearSpecifications(mlp.up, hiddenSize, intermediateSize);
      yield* linearSpecifications(mlp.down, intermediateSize, hiddenSize);
      yield* [attentionNorm, mlpNorm].flatMap((each) => normSpecifications(each, hiddenSize));
    }
    yield* normSpecifications(norm('model.norm', configuration), hiddenSize);
  },
  embedding: () => ({ tokens: EMBEDDING }),
  block,
  finalNorm: (configuration) => norm('model.norm', configuration),
  outputHead: 'lm_head.weight',
  adaptable: (name) => /\.([qkvo]_proj|c_fc|c_proj)\.weight$/.test(name),
  prefix: 'model.',
};
