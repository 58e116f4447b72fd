import type { Architecture, ConfigurationOptions } from '../architecture.js';
import { decoder } from '../llama/decoder.js';
import {
  completeQwen,
  type QwenConfiguration,
  qwenFormat,
  qwenWindow,
  readQwen,
  writeQwen,
} from './qwen-configuration.js';

/** The configuration of a Qwen 3 model. */
export interface Qwen3Configuration extends QwenConfiguration {
  /** Whether the attention's layers have biases. */
  readonly attentionBias: boolean;
}

const FORMAT = qwenFormat<Qwen3Configuration>(
  complete,
  { headSize: 128 },
  { attentionBias: 'attention_bias' },
);

function complete(options: ConfigurationOptions<Qwen3Configuration>): Qwen3Configuration {
  return completeQwen<Qwen3Configuration>(options, { attentionBias: false }, ['attentionBias']);
}

/** Qwen 3: Llama with norms of each head's query and key. */
export const qwen3: Architecture<Qwen3Configuration> = decoder<Qwen3Configuration>({
  modelType: 'qwen3',
  architectures: { causal: 'Qwen3ForCausalLM', score: 'Qwen3ForSequenceClassification' },
  complete,
  read: (json, file) => readQwen(json, file, FORMAT),
  write: (configuration) => writeQwen(configuration, FORMAT),
  traits: (configuration, index) => ({
    projectionBias: configuration.attentionBias,
    outputBias: configuration.attentionBias,
    headNorms: true,
    window: qwenWindow(configuration, index),
  }),
});
