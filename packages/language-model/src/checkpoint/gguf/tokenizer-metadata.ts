import { CheckpointError, shown } from '../../errors.js';
import { isIndex, type Json, record } from '../../files/json.js';
import type { NamedToken, TokenizerFacts } from '../../model/tokenizer-facts.js';
import { PRE_TOKENIZER_NAMES, PRE_TOKENIZERS, type PreTokenizer } from './pre-tokenizers.js';
import { TOKEN } from './tokenizer.js';
import type { MetadataToWrite } from './write-gguf.js';

/** A tokenizer's files, and what a GGUF file says about tokens besides. */
export interface TokenizerToWrite {
  /** `tokenizer.json` */
  readonly tokenizer: Json;
  /** `tokenizer_config.json` */
  readonly configuration: Json;
  /** What the files name: the tokens that begin, end, and fill up texts. */
  readonly facts: TokenizerFacts;
  /** Names and texts of the templates in files of their own, which go before those of the configuration. */
  readonly templates: readonly (readonly [name: string, text: string])[];
  /** Rows of the embedding matrix: as many tokens are written. */
  readonly vocabularySize: number;
  /** The tokens that end a text, by the model's configurations. */
  readonly endTokens: readonly number[];
  /** The file of the tokenizer, for messages. */
  readonly file: string;
}

/**
 * A byte-level tokenizer as a GGUF file has it.
 *
 * @throws {CheckpointError} `unsupported-tokenizer` if it cuts texts in a way that GGUF has no name for, or is of another
 *   kind; `checkpoint-corrupt`
 */
export function tokenizerMetadata(given: TokenizerToWrite): MetadataToWrite[] {
  const { tokenizer, file } = given;
  const model = record(tokenizer['model']);
  if (model['type'] !== 'BPE' || model['byte_fallback'] === true) {
    throw unsupported(
      file,
      'tokenizers of this kind cannot be written as GGUF.',
      'byte-level BPE',
      shown(model['type']),
    );
  }
  const pre = preTokenizerOf(given, model);
  const { tokens, types, ids } = vocabularyOf(given, model);
  const merges = Array.isArray(model['merges']) ? (model['merges'] as unknown[]) : [];
  const start = firstToken(tokenizer, tokens.length);
  const all = roles(given, ids, start);
  return [
    ['tokenizer.ggml.model', 'string', 'gpt2'],
    ['tokenizer.ggml.pre', 'string', pre.names[0] as string],
    ['tokenizer.ggml.tokens', 'strings', tokens],
    ['tokenizer.ggml.token_type', 'int32s', types],
    [
      'tokenizer.ggml.merges',
      'strings',
      merges.map((pair) => (Array.isArray(pair) ? pair.join(' ') : String(pair))),
    ],
    ...Object.entries(all).flatMap(([role, id]): MetadataToWrite[] =>
      id === undefined ? [] : [[`tokenizer.ggml.${role}_token_id`, 'uint32', id]],
    ),
    ['tokenizer.ggml.add_bos_token', 'bool', start !== undefined && start === all.bos],
    ['tokenizer.ggml.add_space_prefix', 'bool', false],
    ...templates(given),
  ];
}

function preTokenizerOf({ tokenizer, file }: TokenizerToWrite, model: Json): PreTokenizer {
  const normalizer = canonical(tokenizer['normalizer']);
  const preTokenizer = canonical(tokenizer['pre_tokenizer']);
  const found = PRE_TOKENIZERS.find(
    (each) =>
      canonical(each.normalizer) === normalizer &&
      canonical(each.preTokenizer) === preTokenizer &&
      each.ignoresMerges === (model['ignore_merges'] === true),
  );
  if (found !== undefined) return found;
  const message =
    'its tokenizer cuts texts in a way that GGUF has no name for, so llama.cpp would make other tokens.';
  throw unsupported(file, message, `what ${PRE_TOKENIZER_NAMES.join(', ')} do`, preTokenizer.slice(0, 200));
}

function unsupported(file: string, message: string, expected: string, found: string): CheckpointError {
  return new CheckpointError('unsupported-tokenizer', message, { file, expected, found });
}

/** JSON that is the same where two parts of a tokenizer make the same tokens. */
function canonical(part: unknown): string {
  if (typeof part !== 'object' || part === null) return JSON.stringify(part ?? null);
  const { type, pretokenizers, normalizers, trim_offsets: _, ...rest } = part as Json;
  const several = pretokenizers ?? normalizers;
  if (type === 'Sequence' && Array.isArray(several)) {
    return several.length === 1 ? canonical(several[0]) : `[${several.map(canonical).join(',')}]`;
  }
  const complete = type === 'ByteLevel' ? { use_regex: true, ...rest } : rest;
  const sorted = Object.entries(complete).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([type, sorted]);
}

interface Vocabulary {
  readonly tokens: readonly string[];
  readonly types: readonly number[];
  readonly ids: ReadonlyMap<string, number>;
}

function vocabularyOf({ tokenizer, vocabularySize, file }: TokenizerToWrite, model: Json): Vocabulary {
  const ids = new Map<string, number>();
  const tokens: string[] = [];
  const types: number[] = [];
  const put = (content: string, id: unknown, type: number): void => {
    if (!isIndex(id) || id >= vocabularySize) {
      throw new CheckpointError('tokenizer-mismatch', 'it has a token that the model has no embedding for.', {
        file,
        expected: `tokens below ${vocabularySize}`,
        found: `${shown(content)}, token ${shown(id)}`,
      });
    }
    ids.set(content, id);
    tokens[id] = content;
    types[id] = type;
  };
  for (const [content, id] of Object.entries(record(model['vocab']))) put(content, id, TOKEN.normal);
  const added: unknown = tokenizer['added_tokens'];
  for (const token of Array.isArray(added) ? (added as unknown[]) : []) {
    const { content, id, special } = record(token);
    put(String(content), id, special === true ? TOKEN.control : TOKEN.userDefined);
  }
  for (let id = 0; id < vocabularySize; id++) {
    if (tokens[id] !== undefined) continue;
    tokens[id] = `[PAD${id}]`;
    types[id] = TOKEN.unused;
  }
  return { tokens, types, ids };
}

/** A text's tokens by role, as GGUF calls them. */
type Roles = Readonly<Record<'bos' | 'eos' | 'eot' | 'eom' | 'unknown' | 'padding', number | undefined>>;

/**
 * @param start what the post-processor puts before a text
 * @throws {CheckpointError} `unsupported-tokenizer` if more tokens end a text than GGUF has places for
 */
function roles(
  { facts, endTokens, file }: TokenizerToWrite,
  ids: ReadonlyMap<string, number>,
  start: number | undefined,
): Roles {
  // A token of other files than tokenizer.json is none of the GGUF file's.
  const idOf = (token: NamedToken | undefined): number | undefined =>
    token && ids.get(token.content) === token.id ? token.id : undefined;
  const named = idOf(facts.endOfText);
  const ends = [...new Set(named === undefined ? endTokens : [named, ...endTokens])];
  if (ends.length > 3) {
    const message =
      'GGUF has places for three tokens that end a text. Leave the others out of eos_token_id in config.json and ' +
      'generation_config.json, or hand the model on as a folder.';
    throw unsupported(file, message, 'at most 3', `${ends.length} (${ends.slice(0, 16).join(', ')})`);
  }
  const [eos, eot, eom] = ends;
  return {
    bos: idOf(facts.startOfText) ?? start,
    eos,
    eot,
    eom,
    unknown: idOf(facts.unknown),
    padding: idOf(facts.padding),
  };
}

/** The token that the post-processor puts before a text; undefined for none. */
function firstToken(tokenizer: Json, vocabularySize: number): number | undefined {
  const processor = record(tokenizer['post_processor']);
  const nested: unknown = processor['processors'];
  const all = [processor, ...(Array.isArray(nested) ? nested.map(record) : [])];
  return all
    .map(({ type, single, special_tokens: special }) => {
      const first = type === 'TemplateProcessing' && Array.isArray(single) ? record(single[0]) : {};
      const name = record(first['SpecialToken'])['id'];
      const ids: unknown = record(record(special)[String(name)])['ids'];
      return Array.isArray(ids) ? (ids[0] as unknown) : undefined;
    })
    .find((id): id is number => isIndex(id) && id < vocabularySize);
}

function templates({ configuration, templates: ofFiles }: TokenizerToWrite): MetadataToWrite[] {
  const key = 'tokenizer.chat_template';
  const { chat_template: template } = configuration;
  if (ofFiles.length === 0 && typeof template === 'string') return [[key, 'string', template]];
  const ofConfiguration = (Array.isArray(template) ? template : [])
    .map(record)
    .flatMap(({ name, template: text }) =>
      typeof name === 'string' && typeof text === 'string' ? [[name, text] as const] : [],
    );
  const named = ofFiles.length > 0 ? ofFiles : ofConfiguration;
  const others = named.filter(([name]) => name !== 'default');
  const standard = named.filter(([name]) => name === 'default');
  return [
    ...standard.map(([, text]): MetadataToWrite => [key, 'string', text]),
    ...others.map(([name, text]): MetadataToWrite => [`${key}.${name}`, 'string', text]),
    ...(others.length > 0
      ? [['tokenizer.chat_templates', 'strings', others.map(([name]) => name)] satisfies MetadataToWrite]
      : []),
  ];
}
