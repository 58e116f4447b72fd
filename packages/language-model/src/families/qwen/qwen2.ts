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

const FORMAT = qwenFormat<QwenConfiguration>(complete, {}, {});

function complete(options: ConfigurationOptions<QwenConfiguration>): QwenConfiguration {
  return completeQwen<QwenConfiguration>(options, {}, []);
}

/** Qwen 2 and 2.5: Llama with biases of queries, keys, and values. */
export const qwen2: Architecture<QwenConfiguration> = decoder<QwenConfiguration>({
  modelType: 'qwen2',
  architectures: { causal: 'Qwen2ForCausalLM', score: 'Qwen2ForSequenceClassification' },
  complete,
  read: (json, file) => readQwen(json, file, FORMAT),
  write: (configuration) => writeQwen(configuration, FORMAT),
  traits: (configuration, index) => ({
    projectionBias: true,
    window: qwenWindow(configuration, index),
  }),
});
