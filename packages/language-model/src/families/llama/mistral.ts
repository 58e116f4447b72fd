import type { Architecture, ConfigurationOptions } from '../architecture.js';
import { checkWindow } from '../layer-types.js';
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

/** The configuration of a Mistral model. */
export interface MistralConfiguration extends DecoderConfiguration {
  /** How many tokens a token sees, itself included; null for all before it, as in current models. */
  readonly slidingWindow: number | null;
}

const FORMAT: DecoderFormat<MistralConfiguration> = {
  keys: { ...DECODER_KEYS, slidingWindow: 'sliding_window' },
  defaults: {
    vocabularySize: 32_000,
    hiddenSize: 4096,
    layerCount: 32,
    headCount: 32,
    intermediateSize: 14_336,
    keyValueHeadCount: 8,
    maxPositions: 131_072,
    slidingWindow: 4096,
  },
  startOfText: 1,
  endOfText: 2,
  ownKeys: [],
  nullable: ['head_dim'],
  complete,
};

function complete(options: ConfigurationOptions<MistralConfiguration>): MistralConfiguration {
  const configuration = completeDecoder<MistralConfiguration>(options, {
    ...decoderDefaults(options),
    slidingWindow: null,
  });
  checkWindow(configuration.slidingWindow);
  return configuration;
}

/** Mistral: Llama with a sliding window, where one is set. */
export const mistral: Architecture<MistralConfiguration> = decoder<MistralConfiguration>({
  modelType: 'mistral',
  architectures: { causal: 'MistralForCausalLM', score: 'MistralForSequenceClassification' },
  complete,
  read: (json, file) => readDecoder(json, file, FORMAT, {}),
  write: (configuration) => writeDecoder(configuration, FORMAT),
  traits: ({ slidingWindow }) => ({ window: slidingWindow ?? undefined }),
});
