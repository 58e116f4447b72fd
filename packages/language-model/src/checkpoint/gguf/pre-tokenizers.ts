import type { Json } from '../../files/json.js';

/** How a byte-level tokenizer cuts texts before it merges: what GGUF has a name for, and `tokenizer.json` spells out. */
export interface PreTokenizer {
  /** The names of `tokenizer.ggml.pre`, the one that is written first. */
  readonly names: readonly string[];
  readonly normalizer: Json | null;
  readonly preTokenizer: Json;
  /** Whether a piece that is a token stays whole, whatever the merges say. */
  readonly ignoresMerges: boolean;
  /** Whether texts begin with the start token where the file does not say. */
  readonly startsTexts: boolean;
}

const byteLevel = (useRegex: boolean): Json => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: useRegex,
});
const sequence = (...pretokenizers: readonly Json[]): Json => ({ type: 'Sequence', pretokenizers });
const split = (pattern: string): Json => ({
  type: 'Split',
  pattern: { Regex: pattern },
  behavior: 'Isolated',
  invert: false,
});
/** The pattern of Llama 3 and Qwen, which differ in how many digits stay together. */
const words = (digits: string): string =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

const PLAIN = { normalizer: null, ignoresMerges: false, startsTexts: false } as const;

export const PRE_TOKENIZERS: readonly PreTokenizer[] = [
  { ...PLAIN, names: ['gpt-2'], preTokenizer: byteLevel(true) },
  {
    ...PLAIN,
    names: ['smollm', 'starcoder'],
    preTokenizer: sequence({ type: 'Digits', individual_digits: true }, byteLevel(true)),
  },
  {
    names: ['llama-bpe', 'llama3', 'llama-v3'],
    normalizer: null,
    preTokenizer: sequence(split(words('\\p{N}{1,3}')), byteLevel(false)),
    ignoresMerges: true,
    startsTexts: true,
  },
  {
    ...PLAIN,
    names: ['qwen2', 'deepseek-r1-qwen'],
    normalizer: { type: 'NFC' },
    preTokenizer: sequence(split(words('\\p{N}')), byteLevel(false)),
  },
  { ...PLAIN, names: ['olmo', 'gpt-neox'], normalizer: { type: 'NFC' }, preTokenizer: byteLevel(true) },
];

/** The names of all of them, for messages. */
export const PRE_TOKENIZER_NAMES: readonly string[] = PRE_TOKENIZERS.flatMap(({ names }) => names);
