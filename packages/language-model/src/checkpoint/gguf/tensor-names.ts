import type { Change } from './changes.js';

/** A tensor's name in one file, in the other, and how the two differ. */
type Pair = readonly [gguf: string, hub: string, change?: Change | undefined];

/** The names of an architecture's tensors without `.weight` and `.bias`; those of blocks without the block. */
export interface TensorNames {
  readonly outside: readonly Pair[];
  /** Before a block's number, in Hugging Face's layout. */
  readonly blocks: string;
  readonly inside: readonly Pair[];
}

const LLAMA_OUTSIDE: readonly Pair[] = [
  ['token_embd', 'model.embed_tokens'],
  ['output_norm', 'model.norm'],
  ['output', 'lm_head'],
];
const LLAMA_MLP: readonly Pair[] = [
  ['ffn_gate', 'mlp.gate_proj'],
  ['ffn_up', 'mlp.up_proj'],
  ['ffn_down', 'mlp.down_proj'],
];
const LLAMA_NORMS: readonly Pair[] = [
  ['attn_norm', 'input_layernorm'],
  ['ffn_norm', 'post_attention_layernorm'],
];
const HEAD_NORMS: readonly Pair[] = [
  ['attn_q_norm', 'self_attn.q_norm'],
  ['attn_k_norm', 'self_attn.k_norm'],
];
const attention = (queries?: Change, keys?: Change): readonly Pair[] => [
  ['attn_q', 'self_attn.q_proj', queries],
  ['attn_k', 'self_attn.k_proj', keys],
  ['attn_v', 'self_attn.v_proj'],
  ['attn_output', 'self_attn.o_proj'],
];
const plusOne = (pairs: readonly Pair[]): readonly Pair[] =>
  pairs.map(([gguf, hub]) => [gguf, hub, 'plus-one']);

export const LLAMA_NAMES: TensorNames = {
  outside: LLAMA_OUTSIDE,
  blocks: 'model.layers.',
  inside: [...LLAMA_NORMS, ...attention('paired-queries', 'paired-keys'), ...LLAMA_MLP],
};

export const QWEN_NAMES: TensorNames = {
  ...LLAMA_NAMES,
  inside: [...LLAMA_NORMS, ...attention(), ...HEAD_NORMS, ...LLAMA_MLP],
};

export const GEMMA_NAMES: TensorNames = {
  outside: [
    ['token_embd', 'model.embed_tokens'],
    ['output_norm', 'model.norm', 'plus-one'],
    ['output', 'lm_head'],
  ],
  blocks: 'model.layers.',
  inside: [
    ...attention(),
    ...LLAMA_MLP,
    ...plusOne([
      ['attn_norm', 'input_layernorm'],
      ['post_attention_norm', 'post_attention_layernorm'],
      ['ffn_norm', 'pre_feedforward_layernorm'],
      ['post_ffw_norm', 'post_feedforward_layernorm'],
      ...HEAD_NORMS,
    ]),
  ],
};

export const GPT2_NAMES: TensorNames = {
  outside: [
    ['token_embd', 'transformer.wte'],
    ['position_embd', 'transformer.wpe'],
    ['output_norm', 'transformer.ln_f'],
    ['output', 'lm_head'],
  ],
  blocks: 'transformer.h.',
  inside: [
    ['attn_norm', 'ln_1'],
    ['attn_qkv', 'attn.c_attn', 'transposed'],
    ['attn_output', 'attn.c_proj', 'transposed'],
    ['ffn_norm', 'ln_2'],
    ['ffn_up', 'mlp.c_fc', 'transposed'],
    ['ffn_down', 'mlp.c_proj', 'transposed'],
  ],
};

export const GPT_NEOX_NAMES: TensorNames = {
  outside: [
    ['token_embd', 'gpt_neox.embed_in'],
    ['output_norm', 'gpt_neox.final_layer_norm'],
    ['output', 'embed_out'],
  ],
  blocks: 'gpt_neox.layers.',
  inside: [
    ['attn_norm', 'input_layernorm'],
    ['attn_qkv', 'attention.query_key_value', 'split-heads'],
    ['attn_output', 'attention.dense'],
    ['ffn_norm', 'post_attention_layernorm'],
    ['ffn_up', 'mlp.dense_h_to_4h'],
    ['ffn_down', 'mlp.dense_4h_to_h'],
  ],
};

/** What a tensor is called in the other layout. */
export interface RenamedTensor {
  readonly name: string;
  readonly change?: Change | undefined;
}

/** What a tensor of a GGUF file is called in Hugging Face's layout; undefined if it has no place there. */
export function hubTensor(names: TensorNames, name: string): RenamedTensor | undefined {
  const [, block, stem, kind] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
  const pair = (block === undefined ? names.outside : names.inside).find(([gguf]) => gguf === stem);
  if (pair === undefined || kind === undefined) return undefined;
  const prefix = block === undefined ? '' : `${names.blocks}${block}.`;
  return { name: `${prefix}${pair[1]}.${kind}`, change: ofBias(pair[2], kind) };
}

/** What a tensor in Hugging Face's layout is called in a GGUF file; undefined if it has no place there. */
export function ggufTensor(names: TensorNames, name: string): RenamedTensor | undefined {
  const [, stem = '', kind = ''] = /^(.*)\.(weight|bias)$/.exec(name) ?? [];
  const [, block, within] = stem.startsWith(names.blocks)
    ? (/^(\d+)\.(.*)$/.exec(stem.slice(names.blocks.length)) ?? [])
    : [];
  const pair =
    block === undefined
      ? names.outside.find(([, hub]) => hub === stem)
      : names.inside.find(([, hub]) => hub === within);
  if (pair === undefined) return undefined;
  const prefix = block === undefined ? '' : `blk.${block}.`;
  return { name: `${prefix}${pair[0]}.${kind}`, change: ofBias(pair[2], kind) };
}

/** A bias has one axis: there is nothing to transpose. */
function ofBias(change: Change | undefined, kind: string): Change | undefined {
  return change === 'transposed' && kind === 'bias' ? undefined : change;
}
