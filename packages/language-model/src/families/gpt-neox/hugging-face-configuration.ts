import type { Json } from '../../files/json.js';
import {
  type ConfigurationFormat,
  demand,
  given,
  numberIn,
  readConfigurationJson,
  writeConfigurationJson,
} from '../hugging-face-configuration.js';
import { type GptNeoxConfiguration, gptNeoxConfiguration } from './configuration.js';

/** The keys of `config.json` that a configuration's fields have one to one. */
const KEYS = {
  vocabularySize: 'vocab_size',
  hiddenSize: 'hidden_size',
  layerCount: 'num_hidden_layers',
  headCount: 'num_attention_heads',
  intermediateSize: 'intermediate_size',
  layerNormEpsilon: 'layer_norm_eps',
  maxPositions: 'max_position_embeddings',
  useParallelResidual: 'use_parallel_residual',
  tieWordEmbeddings: 'tie_word_embeddings',
  attentionBias: 'attention_bias',
  initializerRange: 'initializer_range',
} as const satisfies Partial<Record<keyof GptNeoxConfiguration, string>>;

/** What `transformers` takes for a missing key where that is not what `gptNeoxConfiguration` takes. */
const DEFAULTS = {
  vocabularySize: 50432,
  hiddenSize: 6144,
  layerCount: 44,
  headCount: 64,
  intermediateSize: 24576,
} as const;

const FORMAT: ConfigurationFormat<GptNeoxConfiguration> = {
  keys: KEYS,
  defaults: DEFAULTS,
  startOfText: 0,
  endOfText: 2,
  ownKeys: ['hidden_act', 'rotary_pct', 'rotary_emb_base', 'rope_theta', 'rope_parameters', 'rope_scaling'],
  fieldKeys: { rotaryFraction: 'rotary_pct', rotaryBase: 'rotary_emb_base' },
  complete: gptNeoxConfiguration,
};

/**
 * Reads `config.json` as `transformers` 5 does: the same defaults, the same precedence of old and new spellings, the
 * same keys that cannot be null (`fixtures/configurations.json`).
 *
 * @throws {CheckpointError} `unsupported-architecture` or `checkpoint-corrupt`, naming the key
 */
export function readGptNeox(config: Json, file: string): GptNeoxConfiguration {
  demand(file, 'hidden_act', 'gelu', given(config['hidden_act'], 'gelu'));
  const headSize = numberIn(config['hidden_size']) / numberIn(config['num_attention_heads']);
  if (config['head_dim']) demand(file, 'head_dim', headSize, config['head_dim']);
  const { rotaryFraction, rotaryBase, type, isFlat } = rotary(config);
  demand(file, 'rope_parameters, whether one set serves all layers', true, isFlat);
  demand(file, 'rotary embedding, rope_type', 'default', type);
  // Checked with the rest.
  const found = { rotaryFraction, rotaryBase } as Partial<GptNeoxConfiguration>;
  return readConfigurationJson(config, file, FORMAT, found);
}

/**
 * The rotary embedding. `rope_scaling`, the older name, replaces `rope_parameters` if it has anything; what that leaves
 * open comes from `rotary_emb_base` and `rotary_pct`. A `rope_theta` beside them is not read.
 */
function rotary(config: Json): Record<'rotaryFraction' | 'rotaryBase' | 'type' | 'isFlat', unknown> {
  const { rope_scaling: scaling, rope_parameters: parameters } = config;
  const isEmpty = typeof scaling === 'object' && Object.keys(scaling ?? {}).length === 0;
  const rope = ((scaling === undefined || isEmpty ? parameters : scaling) ?? {}) as Json;
  const parts: unknown[] = [rope, ...Object.values(rope)];
  return {
    isFlat:
      parts.filter((part) => typeof part === 'object' && part !== null).length === 1 && !Array.isArray(rope),
    rotaryFraction: given(rope['partial_rotary_factor'], given(config['rotary_pct'], 0.25)),
    rotaryBase: given(rope['rope_theta'], given(config['rotary_emb_base'], 10_000)),
    type: given(rope['rope_type'], given(rope['type'], 'default')),
  };
}

/** Writes `config.json` so that both spellings' readers find what they look for. */
export function writeGptNeox(configuration: GptNeoxConfiguration): Json {
  const { rotaryFraction, rotaryBase } = configuration;
  return {
    ...writeConfigurationJson(configuration, FORMAT),
    hidden_act: 'gelu',
    rotary_pct: rotaryFraction,
    rotary_emb_base: rotaryBase,
    rope_parameters: {
      rope_type: 'default',
      rope_theta: rotaryBase,
      partial_rotary_factor: rotaryFraction,
    },
  };
}
