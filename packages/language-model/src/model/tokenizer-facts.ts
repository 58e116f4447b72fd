import { CheckpointError } from '../errors.js';
import type { CompanionFiles } from './companion-files.js';

/** A token of a vocabulary: its text and its id. */
export interface NamedToken {
  readonly content: string;
  readonly id: number;
}

/** What a model has to know about the tokenizer that it is used with. */
export interface TokenizerFacts {
  /** Ends a text: `eos_token`, or `<|endoftext|>` by default. */
  readonly endOfText?: NamedToken & {
    /** Whether `tokenizer_config.json` names it. */
    readonly isNamed: boolean;
  };
  /** Fills a row up: `pad_token`, or else an added token whose name says so. */
  readonly padding?: NamedToken;
}

/** What ends a text where a tokenizer's files do not say it, as in `@ais/data`. */
const DEFAULT_END_OF_TEXT = '<|endoftext|>';

/** GPT-NeoX's tokenizer names no padding token, but has `<|padding|>`. */
const PADDING_NAME = /^(<\|padding\|>|<\|pad\|>|<pad>|\[PAD\])$/;

type Json = Record<string, unknown>;

/**
 * Reads what a model has to know from its tokenizer's files.
 *
 * The names come from `tokenizer_config.json`, else from `special_tokens_map.json`; the ids from `tokenizer.json`, else
 * from `added_tokens.json` and `vocab.json`. What a file does not have, or has in a form of its own, is left out: who
 * loads the tokenizer says what is wrong with it.
 *
 * @throws {CheckpointError} `checkpoint-corrupt` if a file is not JSON
 */
export function tokenizerFacts({ files, directory }: CompanionFiles): TokenizerFacts {
  const read = (name: string): Json => {
    const content = files.get(name);
    if (content === undefined) return {};
    try {
      return record(JSON.parse(new TextDecoder().decode(content)));
    } catch (cause) {
      const message = "it is not JSON; the model's tokenizer is damaged. Get the file again.";
      throw new CheckpointError('checkpoint-corrupt', message, { file: `${directory}/${name}` }, { cause });
    }
  };
  const configuration = read('tokenizer_config.json');
  const specialTokens = read('special_tokens_map.json');
  const tokenizer = read('tokenizer.json');
  const added = addedTokens(tokenizer, configuration, read('added_tokens.json'));
  const vocabulary = record(tokenizer['model'])['vocab'] ?? read('vocab.json');
  const find = (content: string | undefined): NamedToken | undefined => {
    const id = content === undefined ? undefined : (added.get(content) ?? idIn(vocabulary, content));
    return id === undefined ? undefined : { content: content as string, id };
  };
  const named = (key: string): string | undefined =>
    contentOf(configuration[key]) ?? contentOf(specialTokens[key]);
  const endOfText = find(named('eos_token') ?? DEFAULT_END_OF_TEXT);
  const padding = find(named('pad_token') ?? [...added.keys()].find((content) => PADDING_NAME.test(content)));
  return {
    ...(endOfText && {
      endOfText: { ...endOfText, isNamed: contentOf(configuration['eos_token']) === endOfText.content },
    }),
    ...(padding && { padding }),
  };
}

/** Ids of tokens that were added to a vocabulary, by content, in whichever way the files tell them. */
function addedTokens(tokenizer: Json, configuration: Json, added: Json): Map<string, number> {
  const ids = new Map<string, number>();
  const put = (content: unknown, id: unknown): void => {
    if (typeof content === 'string' && isId(id) && !ids.has(content)) ids.set(content, id);
  };
  const list: unknown = tokenizer['added_tokens'];
  for (const token of Array.isArray(list) ? (list as unknown[]) : []) {
    put(record(token)['content'], record(token)['id']);
  }
  for (const [id, token] of Object.entries(record(configuration['added_tokens_decoder']))) {
    put(contentOf(token), Number(id));
  }
  for (const [content, id] of Object.entries(added)) put(content, id);
  return ids;
}

/** BPE and word vocabularies map a token to its id; a unigram vocabulary lists [token, score] by id. */
function idIn(vocabulary: unknown, content: string): number | undefined {
  const id: unknown = Array.isArray(vocabulary)
    ? vocabulary.findIndex((entry: unknown) => Array.isArray(entry) && entry[0] === content)
    : Object.hasOwn(record(vocabulary), content)
      ? record(vocabulary)[content]
      : undefined;
  return isId(id) ? id : undefined;
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function contentOf(token: unknown): string | undefined {
  const content = typeof token === 'string' ? token : record(token)['content'];
  return typeof content === 'string' ? content : undefined;
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}
