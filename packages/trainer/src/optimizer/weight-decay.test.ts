import { describe, expect, it } from 'vitest';
import { TrainerError } from '../errors.js';
import { decaysBy } from './weight-decay.js';

describe('decaysBy', () => {
  // By the names that Hugging Face gives them; `transformers` 5.24 decays exactly the first of each pair.
  it.each([
    ['GPT-NeoX', 'gpt_neox.layers.0.attention.dense.weight', 'gpt_neox.layers.0.input_layernorm.weight'],
    ['GPT-NeoX, final', 'gpt_neox.embed_in.weight', 'gpt_neox.final_layer_norm.weight'],
    ['a bias', 'gpt_neox.layers.0.mlp.dense_h_to_4h.weight', 'gpt_neox.layers.0.mlp.dense_h_to_4h.bias'],
    ['a reward head', 'score.weight', 'score.bias'],
    ['Llama', 'model.layers.0.self_attn.q_proj.weight', 'model.layers.0.post_attention_layernorm.weight'],
    ['Llama, final', 'lm_head.weight', 'model.norm.weight'],
    ['Qwen3', 'model.layers.0.self_attn.k_proj.weight', 'model.layers.0.self_attn.k_norm.weight'],
    ['GPT-2', 'transformer.h.0.attn.c_attn.weight', 'transformer.h.0.ln_1.weight'],
    ['GPT-2, final', 'transformer.wte.weight', 'transformer.ln_f.weight'],
  ])('decays matrices, not biases and norms: %s', (_, decayed, left) => {
    expect([decayed, left].map(decaysBy())).toEqual([true, false]);
  });

  it('takes patterns of your own instead', () => {
    const names = ['layer.weight', 'layer.bias', 'embed.weight'];
    expect(names.map(decaysBy([]))).toEqual([true, true, true]);
    expect(names.map(decaysBy(['EMBED', 'bias$']))).toEqual([true, false, false]);
    expect(() => decaysBy(['('])).toThrow(TrainerError);
    expect(() => decaysBy(['('])).toThrow('"(" is not a regular expression');
  });
});
