import type { Json } from '../../files/json.js';
import type { RotaryPlan } from '../../layers/rotary.js';
import type { Architecture, ConfigurationOptions } from '../architecture.js';
import { invalidField } from '../complete-configuration.js';
import { demand, given } from '../hugging-face-configuration.js';
import { checkWindows, readLayerTypes, type WindowFields } from '../layer-types.js';
import { decoder } from '../llama/decoder.js';
import {
  completeDecoder,
  DECODER_KEYS,
  type DecoderConfiguration,
  type DecoderFormat,
  decoderDefaults,
  readDecoder,
  writeDecoder,
} from '../llama/decoder-configuration.js';
import { type RotaryFields, readRotarySet, writeRotarySet } from '../rotary-json.js';

/** The configuration of a Gemma 3 model for text. `rotaryBase` and `rotaryScaling` are those of layers without a window. */
export interface Gemma3Configuration extends DecoderConfiguration, WindowFields {
  /** The rotary base of layers with a window. */
  readonly windowRotaryBase: number;
  /** Where `layerTypes` is null, every layer but each of these has a window: 6 for the sixth, the twelfth, … */
  readonly windowPattern: number;
  /** Scores are divided by its square root. */
  readonly queryScalar: number;
  /** Whether the attention's layers have biases. */
  readonly attentionBias: boolean;
}

const FORMAT: DecoderFormat<Gemma3Configuration> = {
  keys: {
    ...DECODER_KEYS,
    queryScalar: 'query_pre_attn_scalar',
    attentionBias: 'attention_bias',
    slidingWindow: 'sliding_window',
    windowPattern: 'sliding_window_pattern',
  },
  defaults: {
    vocabularySize: 262_208,
    hiddenSize: 2304,
    layerCount: 26,
    headCount: 8,
    keyValueHeadCount: 4,
    headSize: 256,
    intermediateSize: 9216,
    maxPositions: 131_072,
    tieWordEmbeddings: true,
    queryScalar: 256,
    slidingWindow: 4096,
  },
  startOfText: 2,
  endOfText: 1,
  padding: 0,
  ownKeys: [
    'hidden_activation',
    'layer_types',
    'rope_local_base_freq',
    'final_logit_softcapping',
    'attn_logit_softcapping',
    'use_bidirectional_attention',
  ],
  fieldKeys: { layerTypes: 'layer_types', windowRotaryBase: 'rope_local_base_freq' },
  nullable: [],
  complete,
};

function complete(options: ConfigurationOptions<Gemma3Configuration>): Gemma3Configuration {
  const { headSize = options.hiddenSize / options.headCount } = options;
  const configuration = completeDecoder<Gemma3Configuration>(
    options,
    {
      ...decoderDefaults(options),
      tieWordEmbeddings: true,
      rotaryBase: 1_000_000,
      windowRotaryBase: 10_000,
      windowPattern: 6,
      slidingWindow: null,
      layerTypes: null,
      queryScalar: headSize,
      attentionBias: false,
    },
    {
      counts: ['windowPattern', 'queryScalar'],
      positive: ['windowRotaryBase'],
      flags: ['attentionBias'],
    },
  );
  checkWindows(configuration);
  if (configuration.hiddenSize % configuration.headCount !== 0) {
    throw invalidField(
      'headCount',
      configuration.headCount,
      `a divisor of the hidden size ${configuration.hiddenSize}`,
    );
  }
  return configuration;
}

function read(config: Json, file: string): Gemma3Configuration {
  const { hidden_activation: activation, use_bidirectional_attention: bidirectional } = config;
  demand(file, 'hidden_activation', 'gelu_pytorch_tanh', given(activation, 'gelu_pytorch_tanh'));
  demand(file, 'use_bidirectional_attention', false, bidirectional ?? false);
  for (const key of ['final_logit_softcapping', 'attn_logit_softcapping']) {
    demand(file, key, null, config[key] ?? null);
  }
  const { full, windowed } = rotarySets(config, file);
  demand(file, 'rope_parameters.sliding_attention, its scaling', null, windowed.rotaryScaling);
  // The activation and the rotary embedding are this family's, not Llama's.
  const { hidden_act: _, rope_parameters: __, rope_scaling: ___, ...rest } = config;
  return readDecoder(rest, file, FORMAT, {
    ...full,
    windowRotaryBase: windowed.rotaryBase,
    layerTypes: readLayerTypes(config['layer_types'], file),
  });
}

/** Both rotary embeddings: each in a set of its own, or in the older spelling, where `rope_scaling` is that of full layers. */
function rotarySets(config: Json, file: string): Record<'full' | 'windowed', RotaryFields> {
  const { rope_parameters: parameters, rope_scaling: scaling } = config;
  const sets = (parameters ?? {}) as Json;
  const positions = given(config['max_position_embeddings'], FORMAT.defaults.maxPositions);
  const full = { ...((sets['full_attention'] ?? {}) as Json), ...((scaling ?? {}) as Json) };
  return {
    full: readRotarySet(full, { base: given(config['rope_theta'], 1_000_000), positions }, file),
    windowed: readRotarySet(
      sets['sliding_attention'] ?? {},
      { base: given(config['rope_local_base_freq'], 10_000), positions },
      file,
    ),
  };
}

function write(configuration: Gemma3Configuration): Json {
  const { layerTypes, windowRotaryBase } = configuration;
  const { hidden_act: _, rope_parameters: full, ...shared } = writeDecoder(configuration, FORMAT);
  return {
    ...shared,
    hidden_activation: 'gelu_pytorch_tanh',
    rope_local_base_freq: windowRotaryBase,
    rope_parameters: {
      sliding_attention: writeRotarySet({ rotaryBase: windowRotaryBase, rotaryScaling: null }),
      full_attention: full,
    },
    ...(layerTypes !== null && { layer_types: layerTypes }),
  };
}

/** Gemma 3 for text: norms of 1 + w before and after both branches, norms of queries and keys, GeGLU, windows. */
export const gemma3: Architecture<Gemma3Configuration> = decoder<Gemma3Configuration>({
  modelType: 'gemma3_text',
  architectures: { causal: 'Gemma3ForCausalLM', score: 'Gemma3TextForSequenceClassification' },
  complete,
  read,
  write,
  unitOffset: true,
  embeddingScale: ({ hiddenSize }) => Math.sqrt(hiddenSize),
  traits: (configuration, index) => {
    const { attentionBias, queryScalar, slidingWindow, layerTypes, windowPattern } = configuration;
    const type =
      layerTypes?.[index] ?? ((index + 1) % windowPattern === 0 ? 'full_attention' : 'sliding_attention');
    const isWindowed = type === 'sliding_attention';
    return {
      projectionBias: attentionBias,
      outputBias: attentionBias,
      headNorms: true,
      outputNorms: true,
      activation: 'gelu-tanh',
      scale: queryScalar ** -0.5,
      rotary: rotaryOf(configuration, isWindowed),
      window: isWindowed ? (slidingWindow ?? undefined) : undefined,
    };
  },
});

function rotaryOf(
  { headSize, rotaryBase, rotaryScaling, windowRotaryBase }: Gemma3Configuration,
  isWindowed: boolean,
): RotaryPlan {
  return isWindowed
    ? { dimensions: headSize, base: windowRotaryBase }
    : { dimensions: headSize, base: rotaryBase, scaling: rotaryScaling ?? undefined };
}
