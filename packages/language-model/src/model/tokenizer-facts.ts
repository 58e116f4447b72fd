import { CheckpointError } from '../errors.js';
import { isIndex, type Json, record } from '../files/json.js';
import type { CompanionFiles } from './companion-files.js';

/** A token of a vocabulary: its text and its id. */
export interface NamedToken {
  readonly content: string;
  readonly id: number;
}

/** What a model has to know about the tokenizer that it is used with. */
export interface TokenizerFacts {
  /** Ends a text: `eos_token`, or `<|endoftext|>` by default. */
  readonly endOfText?: NamedToken | undefined;
  /** Fills a row up: `pad_token`, or else an added token whose name says so. */
  readonly padding?: NamedToken | undefined;
  /** `bos_token` and `unk_token`. */
  readonly startOfText?: NamedToken | undefined;
  readonly unknown?: NamedToken | undefined;
  /** The texts of all special tokens by id: no others are left out of a text that is decoded. */
  readonly special: ReadonlyMap<number, string>;
  /** One more than the largest id; 0 if there is no tokenizer. */
  readonly vocabularySize: number;
}

/** What ends a text where a tokenizer's files do not say it, as in `@ais/data`. */
const DEFAULT_END_OF_TEXT = '<|endoftext|>';

/** GPT-NeoX's tokenizer names no padding token, but has `<|padding|>`. */
const PADDING_NAME = /^(<\|padding\|>|<\|pad\|>|<pad>|\[PAD\])$/;

/**
 * Reads what a model has to know from its tokenizer's files.
 *
 * Names come from `tokenizer_config.json` and `special_tokens_map.json`, whichever `transformers` prefers, and ids from
 * `tokenizer.json`, or from `added_tokens.json` and `vocab.json`. What the files do not have, or have in a form of its
 * own, is left out: who loads the tokenizer says what is wrong with it.
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
  const tokenizer = read('tokenizer.json');
  const added = addedTokens(tokenizer, configuration, read('added_tokens.json'));
  const words = record(tokenizer['model'])['vocab'] ?? read('vocab.json');
  const find = (content: string | undefined): NamedToken | undefined => {
    const id = content === undefined ? undefined : (added.get(content)?.id ?? wordId(words, content));
    return id === undefined ? undefined : { content: content as string, id };
  };
  const map = configuration['added_tokens_decoder'] === undefined ? read('special_tokens_map.json') : {};
  const named = (key: string): string | undefined => contentOf(map[key]) ?? contentOf(configuration[key]);
  const conventional = [...added.keys()].find((content) => PADDING_NAME.test(content));
  const roles = {
    endOfText: find(named('eos_token') ?? DEFAULT_END_OF_TEXT),
    padding: find(named('pad_token') ?? conventional),
    startOfText: find(named('bos_token')),
    unknown: find(named('unk_token')),
  };
  const special = new Map(
    [...added.values()].filter((token) => token.special).map(({ id, content }) => [id, content]),
  );
  for (const token of Object.values(roles)) if (token) special.set(token.id, token.content);
  return {
    ...roles,
    special,
    vocabularySize: 1 + Math.max(largestWordId(words), ...[...added.values()].map(({ id }) => id)),
  };
}

type AddedToken = NamedToken & { readonly special: boolean };

/** The tokens that were added to a vocabulary, by content, in whichever way the files tell them. */
function addedTokens(tokenizer: Json, configuration: Json, added: Json): Map<string, AddedToken> {
  const tokens = new Map<string, AddedToken>();
  const put = (content: unknown, id: unknown, special: unknown): void => {
    if (typeof content === 'string' && isIndex(id) && !tokens.has(content)) {
      tokens.set(content, { content, id, special: special === true });
    }
  };
  const list: unknown = tokenizer['added_tokens'];
  for (const token of Array.isArray(list) ? (list as unknown[]) : []) {
    put(record(token)['content'], record(token)['id'], record(token)['special']);
  }
  for (const [id, token] of Object.entries(record(configuration['added_tokens_decoder']))) {
    put(contentOf(token), Number(id), record(token)['special']);
  }
  for (const [content, id] of Object.entries(added)) put(content, id, false);
  return tokens;
}

/** BPE and word vocabularies map a token to its id; a unigram vocabulary lists [token, score] by id. */
function wordId(words: unknown, content: string): number | undefined {
  const id: unknown = Array.isArray(words)
    ? words.findIndex((entry: unknown) => Array.isArray(entry) && entry[0] === content)
    : Object.hasOwn(record(words), content)
      ? record(words)[content]
      : undefined;
  return isIndex(id) ? id : undefined;
}

function largestWordId(words: unknown): number {
  if (Array.isArray(words)) return words.length - 1;
  let largest = -1;
  for (const id of Object.values(record(words))) if (isIndex(id) && id > largest) largest = id;
  return largest;
}

function contentOf(token: unknown): string | undefined {
  const content = typeof token === 'string' ? token : record(token)['content'];
  return typeof content === 'string' ? content : undefined;
}
