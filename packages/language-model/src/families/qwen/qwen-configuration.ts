import type { Json } from '../../files/json.js';
import type { ConfigurationOptions } from '../architecture.js';
import type { ConfigurationDefaults } from '../complete-configuration.js';
import type { ConfigurationFormat } from '../hugging-face-configuration.js';
import { given } from '../hugging-face-configuration.js';
import { checkWindows, readLayerTypes, type WindowFields } from '../layer-types.js';
import {
  completeDecoder,
  DECODER_KEYS,
  type DecoderConfiguration,
  type DecoderFormat,
  decoderDefaults,
  readDecoder,
  writeDecoder,
} from '../llama/decoder-configuration.js';

/** What the configurations of Qwen's families have in common. */
export interface QwenConfiguration extends DecoderConfiguration, WindowFields {
  /** Where `layerTypes` is null, layers from this one on have the window. */
  readonly maxWindowLayers: number;
}

const QWEN_KEYS = { ...DECODER_KEYS, maxWindowLayers: 'max_window_layers' };
const WINDOW_KEYS = { slidingWindow: 'sliding_window', layerTypes: 'layer_types' };

/** The format of a Qwen family's configuration. */
export function qwenFormat<C extends QwenConfiguration>(
  complete: ConfigurationFormat<C>['complete'],
  defaults: Partial<C>,
  keys: ConfigurationFormat<C>['keys'],
): DecoderFormat<C> {
  return {
    keys: { ...QWEN_KEYS, ...keys },
    defaults: {
      vocabularySize: 151_936,
      hiddenSize: 4096,
      layerCount: 32,
      headCount: 32,
      intermediateSize: 22_016,
      keyValueHeadCount: 32,
      maxPositions: 32_768,
      ...defaults,
    },
    startOfText: null,
    endOfText: null,
    ownKeys: ['use_sliding_window', ...Object.values(WINDOW_KEYS)],
    fieldKeys: WINDOW_KEYS,
    nullable: ['num_key_value_heads'],
    complete,
  };
}

export function completeQwen<C extends QwenConfiguration>(
  options: ConfigurationOptions<C>,
  own: Omit<C, keyof QwenConfiguration>,
  flags: readonly (keyof C & string)[],
): C {
  const defaults = {
    ...decoderDefaults(options),
    slidingWindow: null,
    layerTypes: null,
    maxWindowLayers: 28,
    ...own,
  } as unknown as ConfigurationDefaults<C>;
  const configuration = completeDecoder<C>(options, defaults, { flags });
  checkWindows(configuration);
  return configuration;
}

export function readQwen<C extends QwenConfiguration>(
  config: Json,
  file: string,
  format: DecoderFormat<C>,
): C {
  const isWindowed = config['use_sliding_window'] === true;
  return readDecoder(config, file, format, {
    slidingWindow: isWindowed ? given(config['sliding_window'], 4096) : null,
    layerTypes: readLayerTypes(config['layer_types'], file),
  } as Partial<C>);
}

export function writeQwen<C extends QwenConfiguration>(
  configuration: C,
  format: Pick<ConfigurationFormat<C>, 'keys'>,
): Json {
  const { slidingWindow, layerTypes } = configuration;
  return {
    ...writeDecoder(configuration, format),
    use_sliding_window: slidingWindow !== null,
    sliding_window: slidingWindow,
    ...(layerTypes !== null && { layer_types: layerTypes }),
  };
}

/** How many tokens a token of a layer sees; undefined for all before it. */
export function qwenWindow(
  { slidingWindow, layerTypes, maxWindowLayers }: QwenConfiguration,
  index: number,
): number | undefined {
  const type = layerTypes?.[index] ?? (index >= maxWindowLayers ? 'sliding_attention' : 'full_attention');
  return type === 'sliding_attention' ? (slidingWindow ?? undefined) : undefined;
}
