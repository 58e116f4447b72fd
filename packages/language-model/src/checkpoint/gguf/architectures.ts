import { CheckpointError } from '../../errors.js';
import {
  type GptNeoxConfiguration,
  rotaryDimensions,
  rotaryFractionOf,
} from '../../families/gpt-neox/configuration.js';
import { type Json, record } from '../../files/json.js';
import type { Metadata } from './metadata.js';
import { type Llama3Scaling, llama3Factors, llama3Scaling } from './rope-factors.js';
import {
  GEMMA_NAMES,
  GPT_NEOX_NAMES,
  GPT2_NAMES,
  LLAMA_NAMES,
  QWEN_NAMES,
  type TensorNames,
} from './tensor-names.js';
import type { MetadataToWrite } from './write-gguf.js';

/** What a configuration is read from besides metadata. */
export interface TensorFacts {
  has(tensor: string): boolean;
  /** Rows of the embedding matrix. */
  readonly vocabularySize: number;
  /** The tensor `rope_freqs.weight`, if the file has it. */
  readonly ropeFactors?: Float32Array | undefined;
}

/** A family of models as GGUF has it, and as Hugging Face has it. */
export interface GgufArchitecture {
  /** `general.architecture`, which begins the family's keys. */
  readonly name: string;
  /** `model_type` of `config.json`; others are written as this architecture too. */
  readonly modelTypes: readonly string[];
  readonly names: TensorNames;
  /** The family's keys of `config.json`. */
  read(metadata: Metadata, tensors: TensorFacts): Json;
  /** The metadata for a `config.json` in which nothing is left out. */
  write(json: Json): MetadataToWrite[];
  /** Whether a file must have an output head, also where that is the embedding. */
  readonly needsHead?: boolean;
  /** Whether llama.cpp has no place for biases, and refuses a file that has some. */
  readonly withoutBiases?: boolean;
  /** Tensors that GGUF has in addition. */
  extra?(json: Json): ReadonlyMap<string, Float32Array>;
}

const LLAMA: GgufArchitecture = {
  name: 'llama',
  modelTypes: ['llama', 'mistral'],
  names: LLAMA_NAMES,
  read: (metadata, tensors) => ({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    ...gatedConfiguration(metadata, tensors, 'llama'),
    hidden_act: 'silu',
    attention_bias: tensors.has('blk.0.attn_q.bias'),
    mlp_bias: tensors.has('blk.0.ffn_up.bias'),
  }),
  write: (json) => [
    ...gatedMetadata(json, 'llama'),
    ['llama.vocab_size', 'uint32', size(json, 'vocab_size')],
    ['llama.rope.dimension_count', 'uint32', headSize(json)],
  ],
  extra: (json) => {
    const { type, theta, parameters } = rope(json);
    if (type !== 'llama3') return new Map();
    return new Map([
      [ROPE_FACTORS, llama3Factors(parameters as unknown as Llama3Scaling, theta, headSize(json))],
    ]);
  },
};

const QWEN2: GgufArchitecture = {
  name: 'qwen2',
  modelTypes: ['qwen2'],
  names: QWEN_NAMES,
  read: (metadata, tensors) => ({
    architectures: ['Qwen2ForCausalLM'],
    model_type: 'qwen2',
    ...gatedConfiguration(metadata, tensors, 'qwen2'),
    hidden_act: 'silu',
    use_sliding_window: false,
  }),
  write: (json) => gatedMetadata(json, 'qwen2'),
};

const QWEN3: GgufArchitecture = {
  name: 'qwen3',
  modelTypes: ['qwen3'],
  names: QWEN_NAMES,
  withoutBiases: true,
  read: (metadata, tensors) => ({
    architectures: ['Qwen3ForCausalLM'],
    model_type: 'qwen3',
    ...gatedConfiguration(metadata, tensors, 'qwen3'),
    hidden_act: 'silu',
    attention_bias: tensors.has('blk.0.attn_q.bias'),
    use_sliding_window: false,
  }),
  write: (json) => gatedMetadata(json, 'qwen3'),
};

/** Every sixth layer sees everything, and llama.cpp knows no other pattern. */
const GEMMA_PATTERN = 6;
/** The largest model scales attention by another number than the head's size, which llama.cpp knows by its layers. */
const GEMMA_27B_LAYERS = 62;

const GEMMA3: GgufArchitecture = {
  name: 'gemma3',
  modelTypes: ['gemma3_text'],
  names: GEMMA_NAMES,
  read: (metadata, tensors) => {
    const common = gatedConfiguration(metadata, tensors, 'gemma3');
    const layers = size(common, 'num_hidden_layers');
    const window = metadata.index('gemma3.attention.sliding_window');
    return {
      architectures: ['Gemma3ForCausalLM'],
      model_type: 'gemma3_text',
      ...common,
      hidden_activation: 'gelu_pytorch_tanh',
      attention_bias: false,
      attn_logit_softcapping: null,
      final_logit_softcapping: metadata.has('gemma3.final_logit_softcapping')
        ? metadata.decimal('gemma3.final_logit_softcapping')
        : null,
      query_pre_attn_scalar:
        layers === GEMMA_27B_LAYERS
          ? size(common, 'hidden_size') / size(common, 'num_attention_heads')
          : size(common, 'head_dim'),
      rope_local_base_freq: metadata.decimal('gemma3.rope.freq_base_swa', 10_000),
      ...(window === undefined
        ? { sliding_window_pattern: 1 }
        : { sliding_window: window, sliding_window_pattern: GEMMA_PATTERN }),
    };
  },
  write: (json) => {
    const local =
      json['rope_local_base_freq'] ??
      record(record(json['rope_parameters'])['sliding_attention'])['rope_theta'];
    return [
      ...gatedMetadata(json, 'gemma3'),
      ...(typeof json['sliding_window'] === 'number'
        ? [['gemma3.attention.sliding_window', 'uint32', json['sliding_window']] satisfies MetadataToWrite]
        : []),
      ['gemma3.rope.freq_base_swa', 'float32', typeof local === 'number' ? local : 10_000],
    ];
  },
};

const GPT2: GgufArchitecture = {
  name: 'gpt2',
  modelTypes: ['gpt2'],
  names: GPT2_NAMES,
  read: (metadata, { vocabularySize }) => ({
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    vocab_size: vocabularySize,
    ...fields(metadata, 'gpt2', GPT2_FIELDS),
    layer_norm_epsilon: metadata.decimal('gpt2.attention.layer_norm_epsilon'),
    activation_function: 'gelu_new',
    tie_word_embeddings: true,
  }),
  write: (json) => [
    ...GPT2_FIELDS.map(
      ([key, name]): MetadataToWrite => [
        `gpt2.${key}`,
        'uint32',
        name === 'n_inner' && typeof json[name] !== 'number' ? 4 * size(json, 'n_embd') : size(json, name),
      ],
    ),
    ['gpt2.attention.layer_norm_epsilon', 'float32', number(json, 'layer_norm_epsilon')],
  ],
};

const GPT_NEOX: GgufArchitecture = {
  name: 'gptneox',
  modelTypes: ['gpt_neox'],
  names: GPT_NEOX_NAMES,
  needsHead: true,
  read: (metadata, tensors) => {
    const common = fields(metadata, 'gptneox', GPT_NEOX_FIELDS);
    const turned = metadata.number('gptneox.rope.dimension_count');
    return {
      architectures: ['GPTNeoXForCausalLM'],
      model_type: 'gpt_neox',
      vocab_size: tensors.vocabularySize,
      ...common,
      layer_norm_eps: metadata.decimal('gptneox.attention.layer_norm_epsilon'),
      rotary_pct: rotaryFractionOf(turned, neoxSizes(common)),
      rotary_emb_base: metadata.decimal('gptneox.rope.freq_base', 10_000),
      ...ropeScaling(metadata, 'gptneox'),
      use_parallel_residual: metadata.boolean('gptneox.use_parallel_residual', true),
      hidden_act: 'gelu',
      attention_bias: true,
      tie_word_embeddings: !tensors.has('output.weight'),
    };
  },
  write: (json) => {
    const parameters = record(json['rope_parameters']);
    const share = json['rotary_pct'] ?? parameters['partial_rotary_factor'];
    const base = json['rotary_emb_base'] ?? parameters['rope_theta'];
    return [
      ...GPT_NEOX_FIELDS.map(
        ([key, name]): MetadataToWrite => [`gptneox.${key}`, 'uint32', size(json, name)],
      ),
      ['gptneox.attention.layer_norm_epsilon', 'float32', number(json, 'layer_norm_eps')],
      [
        'gptneox.rope.dimension_count',
        'uint32',
        rotaryDimensions({ ...neoxSizes(json), rotaryFraction: typeof share === 'number' ? share : 0.25 }),
      ],
      ['gptneox.rope.freq_base', 'float32', typeof base === 'number' ? base : 10_000],
      ['gptneox.use_parallel_residual', 'bool', json['use_parallel_residual'] !== false],
    ];
  },
};

function neoxSizes(json: Json): Pick<GptNeoxConfiguration, 'hiddenSize' | 'headCount'> {
  return { hiddenSize: size(json, 'hidden_size'), headCount: size(json, 'num_attention_heads') };
}

const ARCHITECTURES: readonly GgufArchitecture[] = [LLAMA, QWEN2, QWEN3, GEMMA3, GPT2, GPT_NEOX];

/** The tensor in which Llama 3's scaling lies. */
export const ROPE_FACTORS = 'rope_freqs.weight';

/**
 * The architecture of a file.
 *
 * @throws {CheckpointError} `unsupported-architecture`
 */
export function architectureOf(metadata: Metadata): GgufArchitecture {
  const name = metadata.string('general.architecture');
  const found = ARCHITECTURES.find((each) => each.name === name);
  if (found === undefined) {
    throw unsupported(
      metadata.file,
      'models of this architecture are not supported.',
      name,
      ({ name }) => name,
    );
  }
  if ((metadata.index(`${name}.expert_count`) ?? 0) > 0) {
    throw new CheckpointError('unsupported-architecture', 'mixtures of experts are not supported.', {
      file: metadata.file,
    });
  }
  return found;
}

/**
 * The architecture that models of a `model_type` are written as.
 *
 * @throws {CheckpointError} `unsupported-architecture`
 */
export function architectureFor(modelType: unknown, file: string): GgufArchitecture {
  const found = ARCHITECTURES.find(({ modelTypes }) => modelTypes.includes(modelType as string));
  if (found !== undefined) return found;
  const message = 'models of this family cannot be written as GGUF.';
  throw unsupported(file, message, String(modelType), ({ modelTypes }) => modelTypes.join(', '));
}

function unsupported(
  file: string,
  message: string,
  found: string,
  name: (architecture: GgufArchitecture) => string,
): CheckpointError {
  const expected = ARCHITECTURES.map(name).join(', ');
  return new CheckpointError('unsupported-architecture', message, {
    file,
    expected,
    found: found.slice(0, 100),
  });
}

type Field = readonly [gguf: string, hub: string];

const GATED_FIELDS: readonly Field[] = [
  ['context_length', 'max_position_embeddings'],
  ['embedding_length', 'hidden_size'],
  ['block_count', 'num_hidden_layers'],
  ['feed_forward_length', 'intermediate_size'],
  ['attention.head_count', 'num_attention_heads'],
];
const GPT_NEOX_FIELDS = GATED_FIELDS;
const GPT2_FIELDS: readonly Field[] = [
  ['context_length', 'n_positions'],
  ['embedding_length', 'n_embd'],
  ['block_count', 'n_layer'],
  ['feed_forward_length', 'n_inner'],
  ['attention.head_count', 'n_head'],
];

function fields(metadata: Metadata, architecture: string, of: readonly Field[]): Json {
  return Object.fromEntries(of.map(([key, name]) => [name, metadata.number(`${architecture}.${key}`)]));
}

/** What Llama, Qwen and Gemma share: RMSNorm, a gated MLP, grouped queries, rotary positions. */
function gatedConfiguration(metadata: Metadata, tensors: TensorFacts, architecture: string): Json {
  const key = (name: string): string => `${architecture}.${name}`;
  const common = fields(metadata, architecture, GATED_FIELDS);
  const heads = size(common, 'num_attention_heads');
  const theta = metadata.decimal(key('rope.freq_base'), 10_000);
  return {
    vocab_size: tensors.vocabularySize,
    ...common,
    num_key_value_heads: metadata.number(key('attention.head_count_kv'), heads),
    head_dim:
      metadata.index(key('attention.key_length')) ??
      metadata.index(key('rope.dimension_count')) ??
      size(common, 'hidden_size') / heads,
    rms_norm_eps: metadata.decimal(key('attention.layer_norm_rms_epsilon')),
    rope_theta: theta,
    ...(llama3(metadata, tensors.ropeFactors, theta) ?? ropeScaling(metadata, architecture)),
    tie_word_embeddings: !tensors.has('output.weight'),
  };
}

function gatedMetadata(json: Json, architecture: string): MetadataToWrite[] {
  const key = (name: string): string => `${architecture}.${name}`;
  const heads = size(json, 'num_attention_heads');
  const { type, theta, parameters } = rope(json);
  const scaling: MetadataToWrite[] =
    type === 'linear'
      ? [
          [key('rope.scaling.type'), 'string', 'linear'],
          [key('rope.scaling.factor'), 'float32', number(parameters, 'factor')],
        ]
      : [];
  return [
    ...GATED_FIELDS.map(([name, hub]): MetadataToWrite => [key(name), 'uint32', size(json, hub)]),
    [key('attention.head_count_kv'), 'uint32', Number(json['num_key_value_heads'] ?? heads)],
    [key('attention.key_length'), 'uint32', headSize(json)],
    [key('attention.value_length'), 'uint32', headSize(json)],
    [key('attention.layer_norm_rms_epsilon'), 'float32', number(json, 'rms_norm_eps')],
    [key('rope.freq_base'), 'float32', theta],
    ...scaling,
  ];
}

/** Llama 3's scaling as a key of `config.json`, where the file has its factors. */
function llama3(metadata: Metadata, factors: Float32Array | undefined, theta: number): Json | undefined {
  if (!factors?.some((factor) => factor !== 1)) return undefined;
  const scaling = llama3Scaling(factors, theta);
  if (scaling !== undefined) return { rope_scaling: { rope_type: 'llama3', ...scaling } };
  const message =
    'its rotary frequencies are scaled in another way than those of Llama 3, which is not supported.';
  throw new CheckpointError('unsupported-architecture', message, {
    file: metadata.file,
    tensor: ROPE_FACTORS,
  });
}

/**
 * Scaling of rotary frequencies as a key of `config.json`. As in llama.cpp, it is linear where the file does not say, by the factor
 * of the older key where it has that alone, and 0 is no factor.
 */
function ropeScaling(metadata: Metadata, architecture: string): Json {
  const key = (name: string): string => `${architecture}.rope.${name}`;
  const type = metadata.string(key('scaling.type'), 'linear');
  const factor = metadata.decimal(key('scaling.factor'), metadata.decimal(key('scale_linear'), 1)) || 1;
  const isNone = type === 'none' || (type === 'linear' && factor === 1);
  return isNone ? {} : { rope_scaling: { rope_type: type, factor } };
}

/** The rotary embedding as a `config.json` has it, in the words of transformers 4 or 5. */
function rope(json: Json): { readonly type: string; readonly theta: number; readonly parameters: Json } {
  const given = record(json['rope_parameters']);
  const full = record(given['full_attention']);
  const parameters = { ...given, ...full, ...record(json['rope_scaling']) };
  const theta = json['rope_theta'] ?? parameters['rope_theta'];
  const type = parameters['rope_type'] ?? parameters['type'] ?? 'default';
  return { type: String(type), theta: typeof theta === 'number' ? theta : 10_000, parameters };
}

function headSize(json: Json): number {
  return typeof json['head_dim'] === 'number'
    ? json['head_dim']
    : size(json, 'hidden_size') / size(json, 'num_attention_heads');
}

function number(json: Json, key: string): number {
  return json[key] as number;
}

const size = number;
