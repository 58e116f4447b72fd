import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../errors.js';
import type { Json } from '../files/json.js';
import type { Architecture } from './architecture.js';
import { architectureOf, architectures } from './registry.js';

const small: Json = {
  vocab_size: 64,
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  intermediate_size: 48,
  head_dim: 8,
};
const gpt2: Json = { vocab_size: 64, n_embd: 32, n_layer: 2, n_head: 4 };

const read = (modelType: string, changes: Json): unknown => {
  const { [modelType]: own = small } = { gpt2, gpt_neox: { ...small, intermediate_size: 128 } };
  return (architectures.get(modelType) as Architecture).read({ ...own, ...changes }, 'config.json');
};

/** What `read` throws. */
function refusal(modelType: string, changes: Json): CheckpointError {
  try {
    read(modelType, changes);
  } catch (error) {
    if (error instanceof CheckpointError) return error;
    throw error;
  }
  throw new Error('it was read');
}

const ROTARY = ['llama', 'mistral', 'qwen2', 'qwen3'];

describe('config.json of a family', () => {
  it('is refused if nobody knows it, with the families that there are and the page that adds one', () => {
    expect(() => architectureOf('mixtral', 'config.json')).toThrow(
      expect.objectContaining({
        code: 'unsupported-architecture',
        message: expect.stringMatching(
          /add-a-model-family\.md.*"gpt_neox", "llama", "mistral", "qwen2", "qwen3", "gemma3_text" or "gpt2", found model_type "mixtral"/,
        ),
      }),
    );
    expect(() => architectureOf(undefined, 'config.json')).toThrow(/found no model_type/);
  });

  it('knows a family from outside', () => {
    const own = { ...(architectures.get('llama') as Architecture), modelType: 'own' };
    expect(architectureOf('own', 'config.json', [own])).toBe(own);
  });

  it.each(
    [...ROTARY].flatMap((family) => ['dynamic', 'yarn', 'longrope'].map((type) => [family, type] as const)),
  )('%s is refused with the rotary embedding %s, by name', (family, type) => {
    for (const rope of [{ rope_type: type }, { type }]) {
      const { code, found, expected } = refusal(family, { rope_scaling: { ...rope, factor: 2 } });
      expect({ code, found, expected }).toEqual({
        code: 'unsupported-architecture',
        found: `rope_type "${type}"`,
        expected: 'rope_type "default", "linear", or "llama3"',
      });
    }
  });

  it.each<[string, Json, string, RegExp]>([
    [
      'llama',
      { num_key_value_heads: 3 },
      'checkpoint-corrupt',
      /^@ais\/language-model: config\.json: num_key_value_heads must be a divisor of the number of heads 4, got 3\.$/,
    ],
    ['llama', { head_dim: 7 }, 'checkpoint-corrupt', /: head_dim must be even/],
    [
      'llama',
      { head_dim: null, num_attention_heads: 5, num_key_value_heads: 5 },
      'checkpoint-corrupt',
      /a divisor of the hidden size 32/,
    ],
    ['llama', { head_dim: 'eight' }, 'checkpoint-corrupt', /: head_dim must be/],
    ['llama', { hidden_act: 'gelu' }, 'unsupported-architecture', /hidden_act/],
    [
      'llama',
      { rope_parameters: { rope_theta: 'big' } },
      'checkpoint-corrupt',
      /rope_parameters\.rope_theta/,
    ],
    [
      'llama',
      { rope_parameters: { rope_type: 'linear' } },
      'checkpoint-corrupt',
      /rope_parameters\.factor.*found nothing/,
    ],
    ['llama', { rope_parameters: [1] }, 'unsupported-architecture', /rotary embedding/],
    [
      'llama',
      { rope_parameters: { partial_rotary_factor: 0.5 } },
      'unsupported-architecture',
      /partial_rotary_factor 1/,
    ],
    [
      'llama',
      {
        rope_parameters: {
          rope_type: 'llama3',
          factor: 8,
          low_freq_factor: 4,
          high_freq_factor: 1,
          original_max_position_embeddings: 64,
        },
      },
      'unsupported-architecture',
      /low_freq_factor below high_freq_factor/,
    ],
    ['llama', { rms_norm_eps: 0 }, 'checkpoint-corrupt', /: rms_norm_eps must be/],
    ['llama', { attention_bias: 'yes' }, 'checkpoint-corrupt', /: attention_bias must be true or false/],
    [
      'mistral',
      { sliding_window: 0 },
      'checkpoint-corrupt',
      /: sliding_window must be an integer ≥ 1, or null/,
    ],
    ['qwen2', { layer_types: ['full_attention'] }, 'checkpoint-corrupt', /: layer_types must be a list of 2/],
    [
      'qwen3',
      { layer_types: ['full_attention', 'linear_attention'] },
      'unsupported-architecture',
      /linear_attention/,
    ],
    ['gemma3_text', { attn_logit_softcapping: 50 }, 'unsupported-architecture', /attn_logit_softcapping/],
    ['gemma3_text', { use_bidirectional_attention: true }, 'unsupported-architecture', /bidirectional/],
    ['gemma3_text', { hidden_activation: 'silu' }, 'unsupported-architecture', /hidden_activation/],
    [
      'gemma3_text',
      { query_pre_attn_scalar: 0 },
      'checkpoint-corrupt',
      /: query_pre_attn_scalar must be an integer ≥ 1/,
    ],
    ['gpt2', { activation_function: 'relu' }, 'unsupported-architecture', /activation_function/],
    ['gpt2', { scale_attn_by_inverse_layer_idx: true }, 'unsupported-architecture', /inverse_layer_idx/],
    ['gpt2', { n_head: 5 }, 'checkpoint-corrupt', /: n_head must be a divisor of the hidden size 32, got 5/],
    ['gpt2', { n_inner: 0 }, 'checkpoint-corrupt', /: n_inner must be an integer ≥ 1/],
    ['gpt_neox', { rotary_pct: 2 }, 'checkpoint-corrupt', /: rotary_pct must be a number from 0 to 1/],
    ['llama', { eos_token_id: '7' }, 'checkpoint-corrupt', /its eos_token_id cannot be read/],
    ['llama', { bos_token_id: '7' }, 'checkpoint-corrupt', /: bos_token_id must be a token below/],
    ['gpt2', { vocab_size: { toString: 1 } }, 'checkpoint-corrupt', /vocab_size must not be an object/],
    ['gpt2', { n_embd: { toString: 1 } }, 'checkpoint-corrupt', /n_embd must not be an object/],
    ['gpt_neox', { num_hidden_layers: { toString: 1 } }, 'checkpoint-corrupt', /num_hidden_layers must not/],
    [
      'gemma3_text',
      { num_attention_heads: { toString: 1 } },
      'checkpoint-corrupt',
      /num_attention_heads must not/,
    ],
    ['gpt2', { vocab_size: -1 }, 'checkpoint-corrupt', /: vocab_size must be an integer ≥ 1, got -1/],
  ])('%s is refused with %j', (family, changes, code, message) => {
    const error = refusal(family, changes);
    expect(error).toMatchObject({ code, file: 'config.json', message: expect.stringMatching(message) });
  });

  it.each([...architectures.keys()])('%s has none of the tokens that its vocabulary lacks', (family) => {
    for (const id of [-1, 64, 50_256]) {
      expect(read(family, { bos_token_id: id, eos_token_id: [7, id], pad_token_id: id })).toMatchObject({
        startOfTextToken: null,
        endOfTextTokens: [7],
        paddingToken: null,
      });
      expect(read(family, { eos_token_id: id })).toMatchObject({ endOfTextTokens: [] });
    }
    for (const key of ['bos_token_id', 'eos_token_id', 'pad_token_id']) {
      expect(refusal(family, { [key]: '7' }).code).toBe('checkpoint-corrupt');
    }
  });

  it.each([...architectures.keys()])('%s is read without a key, as transformers reads it', (family) => {
    expect(() => (architectures.get(family) as Architecture).read({}, 'config.json')).not.toThrow();
  });

  it('has the older spelling of a rotary embedding', () => {
    const base = { rope_theta: 500, rope_scaling: { type: 'linear', factor: 2 } };
    for (const family of ROTARY) {
      expect(read(family, base)).toMatchObject({
        rotaryBase: 500,
        rotaryScaling: { type: 'linear', factor: 2 },
      });
      expect(read(family, { rope_theta: 500, rope_scaling: null })).toMatchObject({
        rotaryBase: 500,
        rotaryScaling: null,
      });
    }
    expect(read('gemma3_text', { ...base, rope_local_base_freq: 70 })).toMatchObject({
      rotaryBase: 500,
      rotaryScaling: { type: 'linear', factor: 2 },
      windowRotaryBase: 70,
    });
  });

  it('says as transformers 5 does how many positions Llama 3 was first trained on', () => {
    const [beside, within, most] = [
      { original_max_position_embeddings: 64 },
      32,
      { max_position_embeddings: 128 },
    ];
    const scaling = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
    const whole = { ...scaling, original_max_position_embeddings: within };
    const positions = (family: string, changes: Json): unknown =>
      (read(family, changes) as { rotaryScaling: Json }).rotaryScaling['originalMaxPositions'];
    for (const family of ROTARY) {
      for (const key of ['rope_scaling', 'rope_parameters']) {
        expect(positions(family, { ...most, ...beside, [key]: whole })).toBe(64);
        expect(positions(family, { ...most, ...beside, [key]: scaling })).toBe(64);
        expect(positions(family, { ...most, [key]: whole })).toBe(32);
        expect(positions(family, { ...most, [key]: scaling })).toBe(128);
      }
    }
    // Where layers have sets of their own, what lies beside them does not count.
    const ofGemma = (set: Json): Json => ({ ...most, ...beside, rope_parameters: { full_attention: set } });
    expect(positions('gemma3_text', ofGemma(whole))).toBe(32);
    expect(positions('gemma3_text', ofGemma(scaling))).toBe(128);
    // The family's own default.
    const defaults = { llama: 2048, mistral: 131_072, qwen2: 32_768, qwen3: 32_768, gemma3_text: 131_072 };
    for (const [family, expected] of Object.entries(defaults)) {
      expect(positions(family, { rope_scaling: scaling })).toBe(expected);
    }
    expect(refusal('llama', { original_max_position_embeddings: null, rope_scaling: whole })).toMatchObject({
      code: 'checkpoint-corrupt',
      message: expect.stringContaining('original_max_position_embeddings'),
    });
  });

  it.each([...architectures.keys()])('%s may have begun with weights of 0', (family) => {
    expect(read(family, { initializer_range: 0 })).toMatchObject({ initializerRange: 0 });
    for (const initializer_range of [-0.1, '0.02', null]) {
      expect(refusal(family, { initializer_range })).toMatchObject({
        code: 'checkpoint-corrupt',
        message: expect.stringContaining('initializer_range must be a number ≥ 0'),
      });
    }
  });
});
