import { CheckpointError, shown } from '../../errors.js';
import type { Json } from '../../files/json.js';
import type { Metadata } from './metadata.js';
import { PRE_TOKENIZER_NAMES, PRE_TOKENIZERS, type PreTokenizer } from './pre-tokenizers.js';
import { sentencePiece, type TextParts } from './sentence-piece.js';
import { tokenRoles } from './token-roles.js';

/** A tokenizer's files in Hugging Face's layout. */
export interface TokenizerFiles {
  /** `tokenizer.json` */
  readonly tokenizer: Json;
  /** `tokenizer_config.json` */
  readonly configuration: Json;
}

/** What a token is, as `tokenizer.ggml.token_type` numbers it. */
export const TOKEN = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/**
 * The tokenizer that a GGUF file holds, as the files that `transformers` and `@ais/data` read.
 *
 * @throws {CheckpointError} `unsupported-tokenizer` for a kind, or a way to cut texts, that is not known here;
 *   `checkpoint-corrupt`
 */
export function tokenizerFiles(metadata: Metadata): TokenizerFiles {
  const kind = kindOf(metadata);
  const tokens = metadata.strings('tokenizer.ggml.tokens');
  const types = metadata.numbers('tokenizer.ggml.token_type', []);
  const vocabulary = new Map<string, number>();
  const added: Json[] = [];
  for (const [id, content] of tokens.entries()) {
    const type = types[id] ?? TOKEN.normal;
    // They fill the embedding matrix up, and no text contains them.
    if (type === TOKEN.unused) continue;
    if (vocabulary.has(content)) metadata.corrupt('tokenizer.ggml.tokens', 'each token once');
    vocabulary.set(content, id);
    if (type === TOKEN.control || type === TOKEN.userDefined || type === TOKEN.unknown) {
      added.push(addedToken(id, content, type !== TOKEN.userDefined));
    }
  }
  const { normalizer, preTokenizer, decoder, model, startsTexts } = kind.read(metadata, vocabulary);
  const roles = namedTokens(metadata, tokens);
  const begins = metadata.boolean('tokenizer.ggml.add_bos_token', startsTexts);
  return {
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer,
      pre_tokenizer: preTokenizer,
      post_processor: postProcessor(begins ? roles.bos_token : undefined, vocabulary),
      decoder,
      model,
    },
    configuration: {
      add_bos_token: begins,
      ...roles,
      ...chatTemplate(metadata),
      clean_up_tokenization_spaces: false,
      tokenizer_class: 'PreTrainedTokenizerFast',
    },
  };
}

/** A kind of tokenizer, as `tokenizer.ggml.model` names it. */
interface Kind {
  readonly name: string;
  read(
    metadata: Metadata,
    vocabulary: ReadonlyMap<string, number>,
  ): TextParts & {
    /** Whether texts begin with the start token where the file does not say. */ readonly startsTexts: boolean;
  };
}

const KINDS: readonly Kind[] = [
  { name: 'gpt2', read: byteLevel },
  {
    name: 'llama',
    read: (metadata, vocabulary) => ({ ...sentencePiece(metadata, vocabulary), startsTexts: true }),
  },
];

function kindOf(metadata: Metadata): Kind {
  const name = metadata.string('tokenizer.ggml.model');
  const found = KINDS.find((each) => each.name === name);
  const names = KINDS.map((each) => each.name);
  if (found === undefined)
    throw unsupported(metadata, 'tokenizers of this kind are not read from GGUF.', names, name);
  // Gemma's marks runs of spaces as tokens of their own, which the file does not tell from others.
  const architecture = metadata.string('general.architecture');
  if (found.name === 'llama' && architecture !== 'llama') {
    const message = `SentencePiece tokenizers of ${architecture} models are not read from GGUF.`;
    throw unsupported(metadata, message, ['gpt2'], name);
  }
  return found;
}

function byteLevel(metadata: Metadata, vocabulary: ReadonlyMap<string, number>): ReturnType<Kind['read']> {
  const { normalizer, preTokenizer, ignoresMerges, startsTexts } = preTokenizerOf(metadata);
  return {
    normalizer,
    preTokenizer,
    startsTexts,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: ignoresMerges,
      vocab: Object.fromEntries(vocabulary),
      merges: merges(metadata),
    },
  };
}

function preTokenizerOf(metadata: Metadata): PreTokenizer {
  const name = metadata.string('tokenizer.ggml.pre', '');
  const found = PRE_TOKENIZERS.find(({ names }) => names.includes(name));
  if (found !== undefined) return found;
  const message = 'it does not say in a known way how its tokenizer cuts texts (tokenizer.ggml.pre).';
  throw unsupported(metadata, message, PRE_TOKENIZER_NAMES, name);
}

function unsupported(
  { file }: Metadata,
  message: string,
  expected: readonly string[],
  found: string,
): CheckpointError {
  return new CheckpointError(
    'unsupported-tokenizer',
    `${message} Get the model in Hugging Face's layout, or a newer GGUF file of it.`,
    { file, expected: expected.map((name) => `"${name}"`).join(', '), found: shown(found) },
  );
}

function addedToken(id: number, content: string, special: boolean): Json {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special };
}

/** Pairs of tokens, first to last; each is a text with one space. */
function merges(metadata: Metadata): readonly string[] {
  const key = 'tokenizer.ggml.merges';
  const pairs = metadata.strings(key);
  if (pairs.some((pair) => !/^[^ ]+ [^ ]+$/.test(pair)))
    metadata.corrupt(key, 'two tokens and a space in each');
  return pairs;
}

/** The tokens of `tokenizer_config.json`, by the names that GGUF has for them. */
const NAMES = { bos: 'bos_token', eos: 'eos_token', padding: 'pad_token', unknown: 'unk_token' } as const;

function namedTokens(
  metadata: Metadata,
  tokens: readonly string[],
): Partial<Record<(typeof NAMES)[keyof typeof NAMES], string>> {
  const { ids } = tokenRoles(metadata);
  const named = Object.entries(NAMES).flatMap(([role, name]) => {
    const id = ids[role as keyof typeof NAMES];
    return id === undefined ? [] : [[name, tokens[id]] as const];
  });
  return Object.fromEntries(named);
}

function postProcessor(start: string | undefined, vocabulary: ReadonlyMap<string, number>): Json | null {
  const id = start === undefined ? undefined : vocabulary.get(start);
  if (start === undefined || id === undefined) return null;
  const special = { SpecialToken: { id: start, type_id: 0 } };
  const text = (name: string, type: number): Json => ({ Sequence: { id: name, type_id: type } });
  return {
    type: 'TemplateProcessing',
    single: [special, text('A', 0)],
    pair: [special, text('A', 0), { SpecialToken: { id: start, type_id: 1 } }, text('B', 1)],
    special_tokens: { [start]: { id: start, ids: [id], tokens: [start] } },
  };
}

/** The chat template; where there are others, a list of named ones. */
function chatTemplate(metadata: Metadata): Json {
  const key = 'tokenizer.chat_template';
  if (!metadata.has(key)) return {};
  const template = metadata.string(key);
  const others = metadata.strings('tokenizer.chat_templates', []);
  if (others.length === 0) return { chat_template: template };
  const named = others.map((name) => ({ name, template: metadata.string(`${key}.${name}`) }));
  return { chat_template: [{ name: 'default', template }, ...named] };
}
