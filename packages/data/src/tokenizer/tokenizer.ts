import { Tokenizer as Encoder } from '@huggingface/tokenizers';
import { DataError } from '../errors.js';
import { nodeBuiltin } from '../node-builtins.js';
import { byteLevelEncoder, isByteLevel } from './byte-level-encoder.js';
import { checkTokenizerJson } from './check-tokenizer-json.js';
import { fewestTokens } from './fewest-tokens.js';
import { normalizeNfc } from './normalize-nfc.js';
import { RecentMap } from './recent-map.js';
import type { AddedTokenJson, TokenizerConfigJson, TokenizerJson } from './tokenizer-json.js';
import { nextWordBoundary } from './word-boundary.js';

/** Text to tokens and back. */
export interface Tokenizer {
  /**
   * Token ids of a text, without any that a post-processor would add.
   *
   * @throws {DataError} `invalid-tokenizer` where the vocabulary has no token for a part of the text, or is damaged
   */
  encode(text: string): number[];
  /**
   * The text of tokens, special tokens such as end-of-text left out.
   *
   * @throws {DataError} `invalid-tokenizer` where tokens are no whole numbers, or the vocabulary is damaged
   */
  decode(tokens: readonly number[]): string;
  /** One more than the largest id: the rows that an embedding needs. */
  readonly vocabularySize: number;
  /** The token that ends every response. */
  readonly endOfTextToken: number;
  /** Writes `tokenizer.json` and `tokenizer_config.json` as `transformers` reads them. */
  save(directory: string): Promise<void>;
  /**
   * True where no token spans from a visible character over a following space or line break, so that
   * encode(a + b) = encode(a) ++ encode(b) wherever a ends in a visible character and b starts with a space or a
   * line break. Taken as false where absent.
   */
  readonly splitsBeforeSpace?: boolean;
  /**
   * Lower bounds of the tokens of any text that starts with the first 0, 1, … UTF-16 units of `text`, never falling;
   * prefixes beyond the array's end take more than `limit` tokens. Undefined where nothing is known.
   */
  fewestTokens?(text: string, limit: number): ArrayLike<number> | undefined;
}

/** The end-of-text token of GPT-2, GPT-NeoX and every tokenizer trained here. */
export const END_OF_TEXT = '<|endoftext|>';

/**
 * Makes a tokenizer from the parsed content of a `tokenizer.json`. Works in browsers.
 *
 * Ids are those of Hugging Face's Rust library for the same file.
 *
 * @param json the content of `tokenizer.json`
 * @param configuration the content of `tokenizer_config.json`; its `eos_token` is the end-of-text token,
 *   `<|endoftext|>` without one
 * @param name what errors call it, say the file's path
 * @returns the tokenizer
 * @throws {DataError} `invalid-tokenizer` where the content is none, or lacks the end-of-text token
 * @example
 * const tokenizer = createTokenizer(await (await fetch('/model/tokenizer.json')).json());
 */
export function createTokenizer(
  json: TokenizerJson,
  configuration: TokenizerConfigJson = {},
  name = 'tokenizer.json',
): Tokenizer {
  checkTokenizerJson(json, name);
  let encoder: Encoder;
  try {
    // The library's default of cleaning up spaces would make decode(encode(text)) differ from text.
    encoder = new Encoder(json, { ...configuration, clean_up_tokenization_spaces: false });
  } catch (cause) {
    throw new DataError('invalid-tokenizer', `${name} cannot be read as a tokenizer: ${String(cause)}`, {
      cause,
      place: { file: name },
    });
  }
  const endOfText = endOfTextOf(configuration);
  const endOfTextToken = encoder.token_to_id(endOfText);
  if (endOfTextToken === undefined) {
    throw new DataError(
      'invalid-tokenizer',
      `${name} has no token ${endOfText}, which ends every response. Add it, or name another as eos_token in tokenizer_config.json.`,
      { place: { file: name, field: 'eos_token' } },
    );
  }
  const addedTokens = json.added_tokens ?? [];
  let vocabularySize = 0;
  for (const id of encoder.get_vocab().values()) vocabularySize = Math.max(vocabularySize, id + 1);
  for (const { id } of addedTokens) vocabularySize = Math.max(vocabularySize, id + 1);
  const byteLevel = json.model.type === 'BPE' && isByteLevel(json);
  const splitsBeforeSpace = byteLevel && addedTokens.every(staysBeforeSpace);
  const encodeWhole = byteLevelEncoder(json) ?? libraryEncoder(encoder, name);

  return {
    vocabularySize,
    endOfTextToken,
    splitsBeforeSpace,
    ...(byteLevel ? { fewestTokens: lowerBounds(json, encoder) } : {}),
    encode: splitsBeforeSpace ? encodeByWord(encodeWhole) : encodeWhole,
    decode: libraryDecoder(encoder, name),
    save: (directory) => saveTokenizer(directory, json, { ...DEFAULT_CONFIGURATION, ...configuration }),
  };
}

function libraryEncoder(encoder: Encoder, name: string): Tokenizer['encode'] {
  return (text) => {
    if (text === '') return [];
    let ids: number[];
    try {
      ids = encoder.encode(text, { add_special_tokens: false }).ids;
    } catch (cause) {
      throw unusable(name, `cannot encode ${excerpt(text)}: ${(cause as Error).message}`, cause);
    }
    // The library gives undefined for what is neither in the vocabulary nor has an unknown token to stand for it.
    if (ids.every(Number.isInteger)) return ids;
    throw unusable(name, `has no token for a part of ${excerpt(text)}, and none for what is unknown`);
  };
}

function libraryDecoder(encoder: Encoder, name: string): Tokenizer['decode'] {
  return (tokens) => {
    if (tokens.length === 0) return '';
    try {
      return encoder.decode([...tokens], { skip_special_tokens: true });
    } catch (cause) {
      const shown = `[${tokens.slice(0, 8).join(', ')}${tokens.length > 8 ? ', …' : ''}]`;
      throw unusable(name, `cannot decode ${shown}: ${(cause as Error).message}`, cause);
    }
  };
}

const excerpt = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);

function unusable(name: string, what: string, cause?: unknown): DataError {
  return new DataError(
    'invalid-tokenizer',
    `${name} ${what.replace(/[.]$/, '')}. Give it what it knows; if it should know this, the file is damaged: bring it again.`,
    { place: { file: name }, ...(cause === undefined ? {} : { cause }) },
  );
}

/** Words that are remembered: the last so many, or twice as many; and their length in UTF-16 units at most. */
const REMEMBERED_WORDS = 65_536;
const REMEMBERED_LENGTH = 48;

/** Tokenizes word by word and remembers words: most of prose are words that were there before. */
function encodeByWord(encodeWhole: (text: string) => number[]): (text: string) => number[] {
  const remembered = new RecentMap<readonly number[]>(REMEMBERED_WORDS);
  return (text) => {
    const tokens: number[] = [];
    for (let start = 0; start < text.length; ) {
      const end = nextWordBoundary(text, start + 1);
      const word = text.slice(start, end);
      start = end;
      let ids = remembered.get(word);
      if (ids === undefined) {
        ids = encodeWhole(word);
        if (word.length <= REMEMBERED_LENGTH) remembered.set(word, ids);
      }
      for (const id of ids) tokens.push(id);
    }
    return tokens;
  };
}

const DEFAULT_CONFIGURATION = {
  tokenizer_class: 'PreTrainedTokenizerFast',
  bos_token: END_OF_TEXT,
  eos_token: END_OF_TEXT,
  unk_token: END_OF_TEXT,
  clean_up_tokenization_spaces: false,
};

function endOfTextOf({ eos_token: token }: TokenizerConfigJson): string {
  return (typeof token === 'object' ? token?.content : token) ?? END_OF_TEXT;
}

/** Added tokens are matched before the pre-tokenizer runs, so they must not reach over the boundary either. */
function staysBeforeSpace({ content, rstrip = false }: AddedTokenJson): boolean {
  return !rstrip && !/\S\s/u.test(content);
}

function lowerBounds(json: TokenizerJson, encoder: Encoder): NonNullable<Tokenizer['fewestTokens']> {
  let bounds: ReturnType<typeof fewestTokens> | undefined;
  return (text, limit) => {
    // A normalizer changes what the tokens stand for, unless the text is in its form already; then so is any prefix.
    if (json.normalizer && normalizeNfc(text) !== text) return undefined;
    bounds ??= fewestTokens(
      encoder.get_vocab().keys(),
      (json.added_tokens ?? []).map(({ content }) => content),
    );
    return bounds(text, limit);
  };
}

async function saveTokenizer(
  directory: string,
  json: TokenizerJson,
  configuration: TokenizerConfigJson,
): Promise<void> {
  const { mkdir, rename, writeFile } = nodeBuiltin('node:fs/promises', 'Tokenizer.save');
  const { join } = nodeBuiltin('node:path', 'Tokenizer.save');
  try {
    await mkdir(directory, { recursive: true });
    for (const [name, content] of [
      ['tokenizer_config.json', configuration],
      ['tokenizer.json', json],
    ] as const) {
      // Renaming is atomic: a reader never meets half a file.
      const unfinished = join(directory, `.${name}.unfinished`);
      await writeFile(unfinished, `${JSON.stringify(content, null, 2)}\n`);
      await rename(unfinished, join(directory, name));
    }
  } catch (cause) {
    throw new DataError(
      'file-unwritable',
      `The tokenizer cannot be written to ${directory}: ${(cause as Error).message}. Choose a folder that can be written and has room.`,
      { cause, place: { file: directory } },
    );
  }
}
