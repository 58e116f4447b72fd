import { byteAlphabet } from './byte-alphabet.js';
import { bytePairEncoding, type Merge } from './byte-pair-encoding.js';
import { characterClass } from './character-class.js';
import { normalizeNfc } from './normalize-nfc.js';
import type { AddedTokenJson, TokenizerJson } from './tokenizer-json.js';
import { LETTERS, NUMBERS, SPACES } from './unicode-tables.js';

const [letter, number, space] = [LETTERS, NUMBERS, SPACES].map(characterClass);
/** GPT-2's pattern, with the Rust library's classes of characters. */
const PIECES = new RegExp(
  `'(?:s|t|re|ve|m|ll|d)| ?[${letter}]+| ?[${number}]+| ?[^${space}${letter}${number}]+|[${space}]+(?![^${space}])|[${space}]+`,
  'gu',
);

/**
 * An encoder for byte-level BPE tokenizers such as GPT-2's and GPT-NeoX's: ids are those of the Rust library, at its
 * speed, in any JavaScript engine.
 *
 * In order: added tokens are cut out, the rest is normalized, normalized added tokens are cut out, the rest is split
 * by GPT-2's pattern, and each piece's UTF-8 bytes are merged.
 *
 * @param json the content of a `tokenizer.json`
 * @returns the encoder; undefined for tokenizers of another kind, or with options that this one does not know
 */
export function byteLevelEncoder(json: TokenizerJson): ((text: string) => number[]) | undefined {
  const { model, added_tokens: addedTokens = [] } = json;
  if (!isByteLevel(json) || !isPlainBpe(model) || !addedTokens.every(isPlain)) return undefined;
  const vocabulary = new Map(Object.entries(model.vocab as Record<string, number>));
  const bytes = byteAlphabet().map((standIn) => vocabulary.get(standIn));
  const merges = readMerges(model['merges'], vocabulary);
  if (merges === undefined || !bytes.every((token) => token !== undefined)) return undefined;
  const byteTokens = Int32Array.from(bytes);
  const merge = bytePairEncoding(merges);
  const utf8 = new TextEncoder();
  let buffer = new Uint8Array(256);
  let tokens = new Int32Array(256);

  const encodePiece = (piece: string, into: number[]): void => {
    // A UTF-16 unit takes three bytes at most.
    if (3 * piece.length > buffer.length) {
      buffer = new Uint8Array(6 * piece.length);
      tokens = new Int32Array(6 * piece.length);
    }
    const { written } = utf8.encodeInto(piece, buffer);
    for (let index = 0; index < written; index++) tokens[index] = byteTokens[buffer[index] ?? 0] ?? 0;
    const count = merge(tokens, written);
    for (let index = 0; index < count; index++) into.push(tokens[index] ?? 0);
  };
  const encodePieces = (text: string, into: number[]): void => {
    for (const piece of text.match(PIECES) ?? []) encodePiece(piece, into);
  };

  const normalize = json.normalizer ? normalizeNfc : (text: string): string => text;
  // Without a normalizer a token's `normalized` changes nothing but the order in which tokens are looked for.
  const normalized = cutOut(
    addedTokens.filter((token) => token.normalized),
    normalize,
    encodePieces,
  );
  const whole = cutOut(
    addedTokens.filter((token) => !token.normalized),
    (content) => content,
    (text, into) => normalized(normalize(text), into),
  );
  return (text) => {
    const into: number[] = [];
    if (text !== '') whole(text, into);
    return into;
  };
}

type Encode = (text: string, into: number[]) => void;

/** Takes added tokens out of a text, the leftmost first and the longest there; `rest` gets what is between. */
function cutOut(
  addedTokens: readonly AddedTokenJson[],
  normalize: (content: string) => string,
  rest: Encode,
): Encode {
  const ids = new Map(addedTokens.map(({ content, id }) => [normalize(content), id]));
  ids.delete('');
  if (ids.size === 0) return rest;
  const longestFirst = [...ids.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(escapeForPattern).join('|'), 'gu');
  return (text, into) => {
    let end = 0;
    for (const { 0: content, index } of text.matchAll(pattern)) {
      if (index > end) rest(text.slice(end, index), into);
      const id = ids.get(content);
      if (id !== undefined) into.push(id);
      end = index + content.length;
    }
    if (end < text.length) rest(end === 0 ? text : text.slice(end), into);
  };
}

const escapeForPattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/**
 * GPT-2's pre-tokenizer behind at most NFC. No alternative of its pattern goes on from a visible character to a space,
 * and none looks behind it.
 */
export function isByteLevel({ pre_tokenizer: splitter, normalizer }: TokenizerJson): boolean {
  return (
    splitter?.type === 'ByteLevel' &&
    splitter.use_regex !== false &&
    splitter.add_prefix_space === false &&
    (normalizer === null || normalizer === undefined || normalizer.type === 'NFC')
  );
}

function isPlainBpe(model: TokenizerJson['model']): boolean {
  const unset = [
    'dropout',
    'continuing_subword_prefix',
    'end_of_word_suffix',
    'byte_fallback',
    'ignore_merges',
  ].every((option) => !model[option]);
  return model.type === 'BPE' && unset;
}

const isPlain = ({ lstrip, rstrip, single_word: singleWord }: AddedTokenJson): boolean =>
  !lstrip && !rstrip && !singleWord;

/** Merges as `"a b"` or `["a", "b"]`; undefined where one is of tokens that are not in the vocabulary. */
function readMerges(merges: unknown, vocabulary: ReadonlyMap<string, number>): Merge[] | undefined {
  if (!Array.isArray(merges)) return undefined;
  const read: Merge[] = [];
  for (const merge of merges) {
    const [a, b] = typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
    const [left, right, merged] = [a, b, `${a}${b}`].map((token) => vocabulary.get(token));
    if (left === undefined || right === undefined || merged === undefined) return undefined;
    read.push({ left, right, merged });
  }
  return read;
}
