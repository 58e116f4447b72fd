import { editJson } from '@ais/runtime/files';
import { DataError } from '../errors.js';
import { hasEveryByte } from './byte-pair-model.js';
import { checkTokenizerJson } from './check-tokenizer-json.js';
import type { Engine, EngineName } from './engine.js';
import { fewestTokens } from './fewest-tokens.js';
import { javascriptEngine } from './javascript-engine.js';
import { readMerges } from './merges.js';
import { type ModelChat, modelChat } from './model-chat.js';
import { normalForm } from './normalizers.js';
import { decodesPrepended, type Prepends, prependsTo } from './prepended-text.js';
import { rustEngine } from './rust-engine.js';
import { specialToken } from './special-tokens.js';
import { TooMuchWork } from './timed-pattern.js';
import { tokenizerFingerprint } from './tokenizer-fingerprint.js';
import { type CompanionFiles, jsonText, writeTokenizerFolder } from './tokenizer-folder.js';
import type { TokenizerConfigJson, TokenizerJson } from './tokenizer-json.js';
import { UnsupportedFeature } from './unsupported-feature.js';
import { readVocabulary, type Vocabulary } from './vocabulary.js';
import { splitsAtWords, splitsBeforeSpace } from './word-boundary.js';

/** Text to tokens and back. */
export interface Tokenizer {
  /** What messages call it: its folder, file, or repository. */
  readonly name: string;
  /**
   * SHA-256, in hexadecimal digits, of all that decides which ids a text gets. Tokens of tokenizers with one fingerprint
   * are the same tokens; messages show its first 16 digits.
   */
  readonly fingerprint: string;
  /** What encodes: `javascript` works anywhere, `rust` is npm `tokenizers`; ids do not depend on it. */
  readonly engine: EngineName;
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
  /** The added tokens that stand for no text, such as end-of-text: their ids, and how they are written. */
  readonly specialTokens?: ReadonlyMap<number, string>;
  /** What its folder says about conversations. */
  readonly chat?: ModelChat;
  /**
   * The same tokenizer with another of its special tokens as end-of-text.
   *
   * @throws {DataError} `invalid-token` if the token is not special
   */
  endingWith?(token: number): Tokenizer;
  /** Writes `tokenizer.json`, and the files that were beside it, as `transformers` reads them. */
  save(directory: string): Promise<void>;
  /**
   * True if no token spans from a visible character over a following space or line break, so that
   * encode(a + b) = encode(a) ++ encode(b) wherever a ends in a visible character and b starts with a space or a
   * line break. False by default.
   */
  readonly splitsBeforeSpace?: boolean;
  /**
   * Where encoding puts a space that the text does not have: before a text (`first`), or also behind each added token in it
   * (`each`), as Llama 2's does. A text that continues another is tokenized by `encodeContinuation`. Undefined for nowhere.
   */
  readonly prepends?: Prepends;
  /**
   * True if `decode` leaves that space, as GPT-2's does with `add_prefix_space`; `decodeContinuation` takes it off. False by default: the
   * decoders of SentencePiece take it off.
   */
  readonly decodesPrepended?: boolean;
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
 * @param name what messages call it, such as the file's path
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
  const vocabulary = readVocabulary(json, file);
  const endOfText = specialToken('eos_token', configuration, specialTokens) ?? END_OF_TEXT;
  const endOfTextToken = vocabulary.idOf(endOfText);
  if (endOfTextToken === undefined) {
    throw new DataError(
      'invalid-tokenizer',
      `${file} has no token ${endOfText}, which ends every response. Add it, or name another as eos_token in tokenizer_config.json.`,
      { place: { file, field: 'eos_token' } },
    );
  }
  const padding = specialToken('pad_token', configuration, specialTokens) ?? conventionalPadding(json);
  const paddingToken = padding === undefined ? undefined : vocabulary.idOf(padding);
  const engine = engineFor(json, vocabulary, file);
  const prepends = prependsTo(json);
  const special = new Map(
    vocabulary.added.flatMap(({ id, content, special }) => (special ? [[id, content]] : [])),
  );
  const shared = {
    name,
    engine: engine.name,
    vocabularySize: vocabulary.size,
    specialTokens: special,
    chat: modelChat(configuration, specialTokens, parts.companions),
    ...(paddingToken === undefined ? {} : { paddingToken }),
    splitsBeforeSpace: splitsBeforeSpace(json),
    ...(prepends === undefined ? {} : { prepends, decodesPrepended: decodesPrepended(json) }),
    ...(splitsAtWords(json) && hasEveryByte(vocabulary.model)
      ? { fewestTokens: lowerBounds(json, vocabulary) }
      : {}),
    encode: engine.encode,
    decode: checkedDecoder(engine.decode, vocabulary.size, name),
  };
  const endingWith = (token: number, endOfText: string, companions: CompanionFiles): Tokenizer => {
    let fingerprint: string | undefined;
    return {
      ...shared,
      get fingerprint() {
        fingerprint ??= tokenizerFingerprint(json, token);
        return fingerprint;
      },
      endOfTextToken: token,
      endOfText,
      endingWith(other) {
        const content = special.get(other);
        if (content === undefined) {
          throw new DataError(
            'invalid-token',
            `${other} is not a special token of ${name}, and only one of those can end a text.`,
          );
        }
        return endingWith(other, content, withEndOfText(companions, content));
      },
      save: (directory) => writeTokenizerFolder(directory, json, companions),
    };
  };
  return endingWith(endOfTextToken, endOfText, {
    'tokenizer_config.json': configurationText(configuration, endOfText),
    ...parts.companions,
  });
}

/** The files, with another end-of-text token. */
function withEndOfText(companions: CompanionFiles, endOfText: string): CompanionFiles {
  const changed = (['tokenizer_config.json', 'special_tokens_map.json'] as const).flatMap((name) => {
    const text = companions[name];
    return text === undefined ? [] : [[name, editJson(text, { eos_token: endOfText })]];
  });
  return { ...companions, ...Object.fromEntries(changed) };
}

/** This package's own engine if it gives the Rust library's ids for the file, else that library. */
function engineFor(json: TokenizerJson, vocabulary: Vocabulary, file: string): Engine {
  if (json.model['dropout']) {
    throw unsupported(file, 'dropout in its model, which makes ids random', 'Set it to null.');
  }
  const merges = readMerges(json.model, vocabulary.model, file);
  try {
    return refusingTooMuchWork(javascriptEngine(json, vocabulary, merges), file);
  } catch (error) {
    if (error instanceof TooMuchWork) throw tooMuch(error, file);
    if (!(error instanceof UnsupportedFeature)) throw error;
    const engine = rustEngine(json, file);
    if (engine !== undefined) return engine;
    throw unsupported(
      file,
      error.feature,
      "Only Hugging Face's Rust library gives its ids, in Node. Run: npm install tokenizers",
    );
  }
}

/** The engine, with errors that name the file. */
function refusingTooMuchWork(engine: Engine, file: string): Engine {
  const naming = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw error instanceof TooMuchWork ? tooMuch(error, file) : error;
    }
  };
  return {
    name: engine.name,
    encode: (text) => naming(() => engine.encode(text)),
    decode: (ids) => naming(() => engine.decode(ids)),
  };
}

function tooMuch({ message, remedy }: TooMuchWork, file: string): DataError {
  return unsupported(file, message, remedy);
}

function unsupported(file: string, feature: string, remedy: string): DataError {
  return new DataError('unsupported-tokenizer', `${file} has ${feature}. ${remedy}`, { place: { file } });
}

function checkedDecoder(decode: Engine['decode'], vocabularySize: number, name: string): Tokenizer['decode'] {
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

function lowerBounds(json: TokenizerJson, vocabulary: Vocabulary): NonNullable<Tokenizer['fewestTokens']> {
  let bounds: ReturnType<typeof fewestTokens> | undefined;
  return (text, limit) => {
    // A normalizer changes what the tokens stand for, unless the text is in its form already; then so is any prefix.
    if (json.normalizer && normalForm(text, 'NFC') !== text) return undefined;
    bounds ??= fewestTokens(
      vocabulary.model.keys(),
      vocabulary.added.map(({ content }) => content),
    );
    return bounds(text, limit);
  };
}
