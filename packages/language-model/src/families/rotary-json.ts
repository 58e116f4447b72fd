import { CheckpointError, shown } from '../errors.js';
import { isRecord, type Json } from '../files/json.js';
import type { RotaryScaling } from '../layers/rotary.js';
import { given } from './hugging-face-configuration.js';

/** A rotary embedding over whole heads, as a configuration has it. */
export interface RotaryFields {
  readonly rotaryBase: number;
  /** null for none. */
  readonly rotaryScaling: RotaryScaling | null;
}

/**
 * Reads the rotary embedding: `rope_scaling`, the older name, or else `rope_parameters`, and `rope_theta` beside them for
 * the base that they leave open. As in `transformers` 5, the positions of the first training are those of
 * `original_max_position_embeddings` beside them, or else within them, or else `max_position_embeddings`.
 *
 * @throws {CheckpointError} `unsupported-architecture` naming the kind, or `checkpoint-corrupt` naming the number
 * @example
 * console.log(readRotary({ rope_theta: 500000 }, 'config.json').rotaryBase); // 500000
 */
export function readRotary(config: Json, file: string): RotaryFields {
  const { rope_scaling: scaling, rope_parameters: parameters } = config;
  const isEmpty = typeof scaling === 'object' && Object.keys(scaling ?? {}).length === 0;
  const rope = (scaling === undefined || isEmpty ? parameters : scaling) ?? {};
  const { original_max_position_embeddings: original, max_position_embeddings: positions } = config;
  const set =
    isRecord(rope) && original !== undefined ? { ...rope, original_max_position_embeddings: original } : rope;
  return readRotarySet(set, { base: given(config['rope_theta'], 10_000), positions }, file);
}

/** What stands for missing keys of a set: `rope_theta` and `original_max_position_embeddings`. */
interface RotaryDefaults {
  readonly base: unknown;
  readonly positions: unknown;
}

/** Reads one set of a rotary embedding's keys. */
export function readRotarySet(
  rope: unknown,
  { base, positions }: RotaryDefaults,
  file: string,
): RotaryFields {
  if (typeof rope !== 'object' || rope === null || Array.isArray(rope)) {
    throw unsupported(file, 'an object with rope_type and rope_theta', rope);
  }
  const set = rope as Json;
  if (Object.values(set).some((value) => typeof value === 'object' && value !== null)) {
    throw unsupported(file, 'one set of numbers for all layers', rope);
  }
  const number = (key: string, fallback?: unknown): number => {
    const value = given(set[key], fallback);
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    throw new CheckpointError('checkpoint-corrupt', `its rope_parameters.${key} cannot be read.`, {
      file,
      expected: 'a number above 0',
      found: value === undefined ? 'nothing' : shown(value),
    });
  };
  const rotaryBase = number('rope_theta', base);
  const partial = given(set['partial_rotary_factor'], 1);
  if (partial !== 1) throw unsupported(file, 'partial_rotary_factor 1', partial);
  const type = given(set['rope_type'], given(set['type'], 'default'));
  switch (type) {
    case 'default':
      return { rotaryBase, rotaryScaling: null };
    case 'linear':
      return { rotaryBase, rotaryScaling: { type, factor: number('factor') } };
    case 'llama3': {
      const [low, high] = [number('low_freq_factor'), number('high_freq_factor')];
      if (!(low < high)) throw unsupported(file, 'low_freq_factor below high_freq_factor', [low, high]);
      return {
        rotaryBase,
        rotaryScaling: {
          type,
          factor: number('factor'),
          lowFrequencyFactor: low,
          highFrequencyFactor: high,
          originalMaxPositions: number('original_max_position_embeddings', positions),
        },
      };
    }
    default:
      throw unsupported(file, 'rope_type "default", "linear", or "llama3"', `rope_type ${shown(type)}`);
  }
}

function unsupported(file: string, expected: string, found: unknown): CheckpointError {
  return new CheckpointError('unsupported-architecture', 'its rotary embedding is not supported.', {
    file,
    expected,
    found: typeof found === 'string' ? found : shown(found),
  });
}

/** One set of a rotary embedding's keys, as `transformers` 5 has them. */
export function writeRotarySet({ rotaryBase, rotaryScaling }: RotaryFields): Json {
  if (rotaryScaling === null) return { rope_type: 'default', rope_theta: rotaryBase };
  const { type, factor } = rotaryScaling;
  const common = { rope_type: type, rope_theta: rotaryBase, factor };
  if (type === 'linear') return common;
  return {
    ...common,
    low_freq_factor: rotaryScaling.lowFrequencyFactor,
    high_freq_factor: rotaryScaling.highFrequencyFactor,
    original_max_position_embeddings: rotaryScaling.originalMaxPositions,
  };
}

/**
 * The keys of a rotary embedding that serves all layers, in both spellings.
 *
 * @example
 * console.log(writeRotary(readRotary({ rope_theta: 500000 }, 'config.json')).rope_theta); // 500000
 */
export function writeRotary(fields: RotaryFields): Json {
  const { rope_theta: base, ...scaling } = writeRotarySet(fields);
  return {
    rope_theta: base,
    rope_scaling: fields.rotaryScaling === null ? null : scaling,
    rope_parameters: writeRotarySet(fields),
  };
}
