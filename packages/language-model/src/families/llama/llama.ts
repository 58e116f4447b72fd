import type { Architecture, ConfigurationOptions } from '../architecture.js';
import { requireDivisor } from '../complete-configuration.js';
import { decoder } from './decoder.js';
import {
  completeDecoder,
  DECODER_KEYS,
  type DecoderConfiguration,
  type DecoderFormat,
  decoderDefaults,
  readDecoder,
  writeDecoder,
} from './decoder-configuration.js';

/** The configuration of a Llama model. */
export interface LlamaConfiguration extends DecoderConfiguration {
  /** Whether the attention's layers have biases. */
  readonly attentionBias: boolean;
  /** Whether the MLP's layers have biases. */
  readonly mlpBias: boolean;
}

const FORMAT: DecoderFormat<LlamaConfiguration> = {
  keys: { ...DECODER_KEYS, attentionBias: 'attention_bias', mlpBias: 'mlp_bias' },
  defaults: {
    vocabularySize: 32_000,
    hiddenSize: 4096,
    layerCount: 32,
    headCount: 32,
    intermediateSize: 11_008,
    maxPositions: 2048,
  },
  startOfText: 1,
  endOfText: 2,
  ownKeys: [],
  nullable: ['num_key_value_heads', 'head_dim'],
  complete,
};

function complete(options: ConfigurationOptions<LlamaConfiguration>): LlamaConfiguration {
  const defaults = { ...decoderDefaults(options), attentionBias: false, mlpBias: false };
  const configuration = completeDecoder(options, defaults, { flags: ['attentionBias', 'mlpBias'] });
  // transformers asks for it even of a model that has a head size of its own.
  requireDivisor('headCount', configuration.headCount, configuration.hiddenSize, 'hidden size');
  return configuration;
}

/** Llama 1 to 3, and what has its shape: SmolLM2, TinyLlama, and many more. */
export const llama: Architecture<LlamaConfiguration> = decoder<LlamaConfiguration>({
  modelType: 'llama',
  architectures: { causal: 'LlamaForCausalLM', score: 'LlamaForSequenceClassification' },
  complete,
  read: (json, file) => readDecoder(json, file, FORMAT, {}),
  write: (configuration) => writeDecoder(configuration, FORMAT),
  traits: ({ attentionBias, mlpBias }) => ({
    projectionBias: attentionBias,
    outputBias: attentionBias,
    mlpBias,
  }),
});
