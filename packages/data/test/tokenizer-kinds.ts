import { readFileSync } from 'node:fs';
import gpt2Json from '../fixtures/tokenizer.json' with { type: 'json' };
import { PATTERNS } from '../src/tokenizer/known-patterns.js';
import type { AddedTokenJson, PartJson, TokenizerJson } from '../src/tokenizer/tokenizer-json.js';

export { PATTERNS };

/** A kind of tokenizer: what its `tokenizer.json` has in it. */
export interface TokenizerKind {
  readonly name: string;
  readonly json: TokenizerJson;
  readonly endOfText: string;
}

const fixture = (name: string): TokenizerJson =>
  JSON.parse(
    readFileSync(new URL(`../fixtures/tokenizers/${name}.json`, import.meta.url), 'utf8'),
  ) as TokenizerJson;

export const gpt2 = gpt2Json as TokenizerJson;
const sentencePiece = fixture('sentencepiece-bpe');

export const added = (
  id: number,
  content: string,
  options: Partial<AddedTokenJson> = {},
): AddedTokenJson => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: true,
  special: false,
  ...options,
});
const special = { special: true, normalized: false };

const byteLevel = (options: object = {}): PartJson => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: true,
  ...options,
});
const split = (pattern: string, behavior = 'Isolated', options: object = {}): PartJson => ({
  type: 'Split',
  pattern: { Regex: pattern },
  behavior,
  invert: false,
  ...options,
});
const sequence = (...pretokenizers: PartJson[]): PartJson => ({ type: 'Sequence', pretokenizers });
const bytesBehind = (...steps: PartJson[]): PartJson => sequence(...steps, byteLevel({ use_regex: false }));
const metaspace = (prepend_scheme: string, options: object = {}): PartJson => ({
  type: 'Metaspace',
  replacement: '▁',
  prepend_scheme,
  split: true,
  ...options,
});

const variant = (name: string, change: Partial<TokenizerJson>, model: object = {}): TokenizerKind => ({
  name,
  endOfText: '<|endoftext|>',
  json: { ...gpt2, ...change, model: { ...gpt2.model, ...change.model, ...model } },
});
const pieces = (name: string, change: Partial<TokenizerJson>, model: object = {}): TokenizerKind => ({
  name,
  endOfText: '</s>',
  json: { ...sentencePiece, ...change, model: { ...sentencePiece.model, ...model } },
});
const normalizer = (...normalizers: PartJson[]): Partial<TokenizerJson> => ({
  normalizer: { type: 'Sequence', normalizers },
});
const merges = gpt2.model['merges'] as [string, string][];
const withTokens = (...tokens: AddedTokenJson[]): readonly AddedTokenJson[] => [
  ...(gpt2.added_tokens ?? []),
  ...tokens,
];

/** An added token for each choice of its options, on words that texts have inside other words and beside white space. */
const everyCombination = (single_word: boolean): AddedTokenJson[] => {
  const words = [
    'lake',
    'the',
    'din',
    'ner',
    "'s",
    'ﬁ',
    'e\u0301',
    '東',
    'при',
    '🙂',
    'r/',
    '...',
    '%',
    'I',
    'na',
    'Str',
  ];
  const vocabulary = gpt2.model['vocab'] as Readonly<Record<string, number>>;
  let next = Object.keys(vocabulary).length;
  return words.map((word, index) =>
    added(vocabulary[word] ?? next++, word, {
      single_word,
      lstrip: (index & 1) > 0,
      rstrip: (index & 2) > 0,
      normalized: (index & 4) > 0,
      special: (index & 8) > 0,
    }),
  );
};

/** SmolLM2's vocabulary lacks rare control characters, and what characters of some planes begin with. */
const withoutBytes = (): Partial<TokenizerJson> => {
  const missing = ['Ħ', 'Ķ', 'Ñ', 'ñ', 'ò', 'ÿ'];
  const vocabulary = Object.entries(gpt2.model['vocab'] as Record<string, number>);
  const kept = Object.fromEntries(
    vocabulary.filter(([token]) => !missing.some((byte) => token.includes(byte))),
  );
  const keptMerges = merges.filter(([left, right]) => left + right in kept);
  return {
    pre_tokenizer: sequence({ type: 'Digits', individual_digits: true }, byteLevel()),
    model: { ...gpt2.model, vocab: kept, merges: keptMerges },
  };
};

/** As GPT-NeoX's: NFC, and a token for each short run of spaces. */
export const gptNeoX: TokenizerJson = {
  ...gpt2,
  normalizer: { type: 'NFC' },
  added_tokens: withTokens(
    added(512, '<|padding|>', special),
    ...Array.from({ length: 23 }, (_, index) => added(513 + index, ' '.repeat(24 - index))),
    added(536, 'e\u0301e'),
    added(537, 'r/'),
    added(538, 'r/cooking', { normalized: false }),
  ),
};

/** What this package encodes on its own. */
export const JAVASCRIPT_KINDS: readonly TokenizerKind[] = [
  variant('GPT-2', {}),
  { name: 'GPT-NeoX', json: gptNeoX, endOfText: '<|endoftext|>' },
  variant('a space before each text', { pre_tokenizer: byteLevel({ add_prefix_space: true }) }),
  variant('bytes that are not split', { pre_tokenizer: byteLevel({ use_regex: false }) }),
  variant(
    'merges as strings, and no type',
    {},
    { type: undefined, merges: merges.map((merge) => merge.join(' ')) },
  ),
  variant('truncation and padding, which are not for training', {
    truncation: { direction: 'Right', max_length: 5, strategy: 'LongestFirst', stride: 0 },
    padding: {
      strategy: { Fixed: 8 },
      direction: 'Right',
      pad_to_multiple_of: null,
      pad_id: 0,
      pad_type_id: 0,
      pad_token: 'x',
    },
  }),
  variant('Llama 3', { pre_tokenizer: bytesBehind(split(PATTERNS.llama3)) }, { ignore_merges: true }),
  variant('Qwen', { pre_tokenizer: bytesBehind(split(PATTERNS.qwen)), normalizer: { type: 'NFC' } }),
  variant('o200k', { pre_tokenizer: bytesBehind(split(PATTERNS.o200k)) }),
  variant('DeepSeek', {
    pre_tokenizer: bytesBehind(split('\\p{N}{1,3}'), split('[一-龥぀-ゟ゠-ヿ]+'), split(PATTERNS.deepseek)),
  }),
  variant('SmolLM2, without some bytes', withoutBytes()),
  variant('single digits', {
    pre_tokenizer: sequence({ type: 'Digits', individual_digits: true }, byteLevel()),
  }),
  ...['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'].map((behavior) =>
    variant(`Split ${behavior}`, { pre_tokenizer: sequence(split('[\\n0-9 ]', behavior), byteLevel()) }),
  ),
  variant('white space removed', {
    pre_tokenizer: sequence({ type: 'WhitespaceSplit' }, byteLevel({ add_prefix_space: true })),
  }),
  ...['NFC', 'NFD', 'NFKC', 'NFKD'].map((type) => variant(type, { normalizer: { type } })),
  variant('replaced white space', normalizer({ type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' })),
  variant('added tokens that take white space along', {
    normalizer: { type: 'NFKC' },
    added_tokens: withTokens(
      added(512, '<mask>', { lstrip: true, normalized: false }),
      added(513, '[SEP]', { rstrip: true, ...special }),
      added(514, '[BOTH]', { lstrip: true, rstrip: true }),
      added(515, '  '),
      added(516, '    '),
      added(517, 'ﬁ'),
      added(518, 'e\u0301', { special: true }),
    ),
  }),
  variant('added tokens of every combination', {
    normalizer: { type: 'NFKC' },
    added_tokens: withTokens(...everyCombination(false)),
  }),
  pieces('Llama 2', {}),
  pieces('Gemma', {
    normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    pre_tokenizer: split('', 'MergedWithPrevious', { pattern: { String: ' ' } }),
  }),
  ...['always', 'never', 'first'].map((scheme) =>
    pieces(`Metaspace ${scheme}`, {
      normalizer: null,
      pre_tokenizer: metaspace(scheme),
      decoder: metaspace(scheme),
    }),
  ),
  pieces('Mistral', {
    normalizer: null,
    pre_tokenizer: metaspace('first', { split: false }),
    added_tokens: [
      ...(sentencePiece.added_tokens ?? []),
      added(480, '[INST]', special),
      added(481, '<tool>', { normalized: true }),
    ],
  }),
  pieces('unknown tokens one by one', {}, { byte_fallback: false, fuse_unk: false }),
  pieces('unknown tokens fused', {}, { byte_fallback: false }),
  pieces('nothing for what is unknown', { decoder: null }, { byte_fallback: false, unk_token: null }),
];

/** What only Hugging Face's library encodes, and the feature that messages name. */
export const RUST_KINDS: readonly (TokenizerKind & { readonly feature: string })[] = [
  { name: 'Unigram', json: fixture('unigram'), endOfText: '</s>', feature: 'the normalizer Nmt' },
  {
    name: 'Unigram with bytes',
    json: fixture('unigram-bytes'),
    endOfText: '</s>',
    feature: 'the normalizer Nmt',
  },
  {
    name: 'Unigram behind NFKC',
    json: { ...fixture('unigram-bytes'), normalizer: { type: 'NFKC' } },
    endOfText: '</s>',
    feature: 'the model Unigram',
  },
  { name: 'BERT', json: fixture('word-piece'), endOfText: '[SEP]', feature: 'the normalizer BertNormalizer' },
  {
    name: 'WordLevel',
    json: fixture('word-level'),
    endOfText: '[SEP]',
    feature: 'the normalizer StripAccents',
  },
  {
    name: 'quick tour',
    json: fixture('whitespace-bpe'),
    endOfText: '[SEP]',
    feature: 'the pre-tokenizer Whitespace',
  },
  { ...variant('Lowercase', { normalizer: { type: 'Lowercase' } }), feature: 'the normalizer Lowercase' },
  {
    ...variant('Strip', { normalizer: { type: 'Strip', strip_left: true, strip_right: true } }),
    feature: 'the normalizer Strip',
  },
  {
    ...variant('Punctuation', {
      pre_tokenizer: sequence({ type: 'Punctuation', behavior: 'Isolated' }, byteLevel()),
    }),
    feature: 'the pre-tokenizer Punctuation',
  },
  {
    ...variant('scripts', { pre_tokenizer: sequence({ type: 'UnicodeScripts' }, byteLevel()) }),
    feature: 'the pre-tokenizer UnicodeScripts',
  },
  {
    ...variant('a word boundary', { pre_tokenizer: bytesBehind(split('\\d{1,3}(?=(?:\\d{3})*\\b)')) }),
    feature: 'the pattern "\\\\d{1,3}(?=(?:\\\\d{3})*\\\\b)" ("\\b")',
  },
  {
    ...variant('whole words', { added_tokens: withTokens(added(512, 'lake', { single_word: true })) }),
    feature: 'an added token with single_word',
  },
  {
    ...variant('whole words of every combination', {
      normalizer: { type: 'NFKC' },
      added_tokens: withTokens(...everyCombination(true)),
    }),
    feature: 'an added token with single_word',
  },
  {
    ...variant('a delimiter', {
      pre_tokenizer: sequence({ type: 'CharDelimiterSplit', delimiter: 'e' }, byteLevel()),
    }),
    feature: 'the pre-tokenizer CharDelimiterSplit',
  },
  {
    ...variant('pieces of a fixed length', {
      pre_tokenizer: sequence({ type: 'FixedLength', length: 3 }, byteLevel()),
    }),
    feature: 'the pre-tokenizer FixedLength',
  },
  {
    ...variant('BertPreTokenizer', { pre_tokenizer: sequence({ type: 'BertPreTokenizer' }, byteLevel()) }),
    feature: 'the pre-tokenizer BertPreTokenizer',
  },
  {
    ...variant('StripAccents', normalizer({ type: 'NFD' }, { type: 'StripAccents' })),
    feature: 'the normalizer StripAccents',
  },
  {
    ...variant('ByteLevel as a normalizer', { normalizer: { type: 'ByteLevel' }, pre_tokenizer: null }),
    feature: 'the normalizer ByteLevel',
  },
  {
    ...variant('ends of words', {}, { end_of_word_suffix: '</w>', unk_token: '<|endoftext|>' }),
    feature: 'the model BPE with the option end_of_word_suffix',
  },
  {
    ...pieces('a prefix behind a normalizer', { pre_tokenizer: metaspace('first') }),
    feature: 'the pre-tokenizer Metaspace with the prepend scheme first behind another step',
  },
];
