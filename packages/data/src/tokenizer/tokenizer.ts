import { Tokenizer as Encoder } from '@huggingface/tokenizers';
import { DataError } from '../errors.js';
import { byteLevelEncoder, isByteLevel } from './byte-level-encoder.js';
import { checkTokenizerJson } from './check-tokenizer-json.js';
import { fewestTokens } from './fewest-tokens.js';
import { normalizeNfc } from './normalize-nfc.js';
import { RecentMap } from './recent-map.js';
import { specialToken } from './special-tokens.js';
import { tokenizerFingerprint } from './tokenizer-fingerprint.js';
import { type CompanionFiles, jsonText, writeTokenizerFolder } from './tokenizer-folder.js';
import type { AddedTokenJson, TokenizerConfigJson, TokenizerJson } from './tokenizer-json.js';
import { nextWordBoundary } from './word-boundary.js';

/** Text to tokens and back. */
export interface Tokenizer {
  /** What messages call it: its folder, file, or repository. */
  readonly name: string;
  /**
   * SHA-256, in hexadecimal digits, of all that decides which ids a text gets. Tokens of tokenizers with one fingerprint
   * are the same tokens; messages show its first 16 digits.
   */
  readonly fingerprint: string;
  /**
   * Token ids of a text, without any that a post-processor would add.
   *
   * @throws {DataError} `invalid-tokenizer` if the vocabulary has no token for a part of the text, or is damaged
   */
  encode(text: string): number[];
  /**
   * The text of tokens, without special tokens such as end-of-text.
   *
   * @throws {DataError} `invalid-token` if one is not a token of this vocabulary
   */
  decode(tokens: readonly number[]): string;
  /** One more than the largest id: the rows that an embedding needs. */
  readonly vocabularySize: number;
  /** The token that ends every response. */
  readonly endOfTextToken: number;
  /** Its text: what a response in text form may end with. */
  readonly endOfText: string;
  /** The token that fills rows up in batches; undefined if there is none. */
  readonly paddingToken?: number;
  /** Writes `tokenizer.json`, and the files that were beside it, as `transformers` reads them. */
  save(directory: string): Promise<void>;
  /**
   * True if no token spans from a visible character over a following space or line break, so that
   * encode(a + b) = encode(a) ++ encode(b) wherever a ends in a visible character and b starts with a space or a
   * line break. False by default.
   */
  readonly splitsBeforeSpace?: boolean;
  /**
   * Lower bounds of the tokens of any text that starts with the first 0, 1, … UTF-16 units of `text`, never falling;
   * prefixes beyond the array's end take more than `limit` tokens. Undefined if nothing is known.
   */
  fewestTokens?(text: string, limit: number): ArrayLike<number> | undefined;
}

/** The end-of-text token of GPT-2, GPT-NeoX and every tokenizer trained here. */
export const END_OF_TEXT = '<|endoftext|>';

/** What a tokenizer is made from. */
export interface TokenizerParts {
  /** The content of `tokenizer.json`. */
  readonly json: TokenizerJson;
  /** The content of `tokenizer_config.json`. */
  readonly configuration?: TokenizerConfigJson;
  /** The content of `special_tokens_map.json`. */
  readonly specialTokens?: TokenizerConfigJson;
  /** The files to save beside `tokenizer.json`; `tokenizer_config.json` is made from the configuration by default. */
  readonly companions?: CompanionFiles;
  /** The path of `tokenizer.json`, for messages about its content. */
  readonly file: string;
  /** What messages about its tokens call it. */
  readonly name: string;
}

/**
 * Makes a tokenizer from the parsed content of a `tokenizer.json`. Works in browsers.
 *
 * Ids are those of Hugging Face's Rust library for the same file.
 *
 * @param json the content of `tokenizer.json`
 * @param configuration the content of `tokenizer_config.json`; its `eos_token` is the end-of-text token,
 *   `<|endoftext|>` without one
 * @param name what messages call it, say the file's path
 * @returns the tokenizer
 * @throws {DataError} `invalid-tokenizer` if the content is not a tokenizer, or has no end-of-text token
 * @example
 * const tokenizer = createTokenizer(await (await fetch('/model/tokenizer.json')).json());
 */
export function createTokenizer(
  json: TokenizerJson,
  configuration: TokenizerConfigJson = {},
  name = 'tokenizer.json',
): Tokenizer {
  return tokenizerFrom({ json, configuration, file: name, name });
}

/** Makes a tokenizer from the contents of its folder. */
export function tokenizerFrom(parts: TokenizerParts): Tokenizer {
  const { json, configuration = {}, specialTokens, file, name } = parts;
  checkTokenizerJson(json, file);
  let encoder: Encoder;
  try {
    // The library's default of cleaning up spaces would make decode(encode(text)) differ from text.
    encoder = new Encoder(json, { ...configuration, clean_up_tokenization_spaces: false });
  } catch (cause) {
    throw new DataError('invalid-tokenizer', `${file} cannot be read as a tokenizer: ${String(cause)}`, {
      cause,
      place: { file },
    });
  }
  const endOfText = specialToken('eos_token', configuration, specialTokens) ?? END_OF_TEXT;
  const endOfTextToken = encoder.token_to_id(endOfText);
  if (endOfTextToken === undefined) {
    throw new DataError(
      'invalid-tokenizer',
      `${file} has no token ${endOfText}, which ends every response. Add it, or name another as eos_token in tokenizer_config.json.`,
      { place: { file, field: 'eos_token' } },
    );
  }
  const padding = specialToken('pad_token', configuration, specialTokens) ?? conventionalPadding(json);
  const paddingToken = padding === undefined ? undefined : encoder.token_to_id(padding);
  const addedTokens = json.added_tokens ?? [];
  let vocabularySize = 0;
  for (const id of encoder.get_vocab().values()) vocabularySize = Math.max(vocabularySize, id + 1);
  for (const { id } of addedTokens) vocabularySize = Math.max(vocabularySize, id + 1);
  const byteLevel = json.model.type === 'BPE' && isByteLevel(json);
  const splitsBeforeSpace = byteLevel && addedTokens.every(staysBeforeSpace);
  const encodeWhole = byteLevelEncoder(json) ?? libraryEncoder(encoder, file);
  const companions = {
    'tokenizer_config.json': configurationText(configuration, endOfText),
    ...parts.companions,
  };
  let fingerprint: string | undefined;

  return {
    name,
    get fingerprint() {
      fingerprint ??= tokenizerFingerprint(json, endOfTextToken);
      return fingerprint;
    },
    vocabularySize,
    endOfTextToken,
    endOfText,
    ...(paddingToken === undefined ? {} : { paddingToken }),
    splitsBeforeSpace,
    ...(byteLevel ? { fewestTokens: lowerBounds(json, encoder) } : {}),
    encode: splitsBeforeSpace ? encodeByWord(encodeWhole) : encodeWhole,
    decode: checkedDecoder(libraryDecoder(encoder, file), vocabularySize, name),
    save: (directory) => writeTokenizerFolder(directory, json, companions),
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

function checkedDecoder(
  decode: Tokenizer['decode'],
  vocabularySize: number,
  name: string,
): Tokenizer['decode'] {
  return (tokens) => {
    for (const token of tokens) {
      if (Number.isInteger(token) && token >= 0 && token < vocabularySize) continue;
      throw new DataError(
        'invalid-token',
        `${token} is not a token of ${name}, which has ${vocabularySize}. Decode with the tokenizer that made the tokens.`,
      );
    }
    return decode(tokens);
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

/** What is given, and the least that `transformers` needs besides. */
function configurationText(configuration: TokenizerConfigJson, endOfText: string): string {
  return jsonText({
    ...configuration,
    tokenizer_class: configuration['tokenizer_class'] ?? 'PreTrainedTokenizerFast',
    eos_token: configuration.eos_token ?? endOfText,
    clean_up_tokenization_spaces: configuration['clean_up_tokenization_spaces'] ?? false,
  });
}

/** GPT-NeoX's configuration does not name its padding token. */
function conventionalPadding({ added_tokens: addedTokens }: TokenizerJson): string | undefined {
  return addedTokens?.find(({ content }) => /^(<\|padding\|>|<\|pad\|>|<pad>|\[PAD\])$/.test(content))
    ?.content;
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
