import { cutOutAddedTokens } from './added-tokens.js';
import type { Merge } from './byte-pair-encoding.js';
import { bytePairModel } from './byte-pair-model.js';
import { readDecoder } from './decoders.js';
import type { Engine } from './engine.js';
import { readNormalizer } from './normalizers.js';
import { readPreTokenizer } from './pre-tokenizers.js';
import { rememberIds } from './remember-ids.js';
import { rememberWords } from './remember-words.js';
import type { TokenizerJson } from './tokenizer-json.js';
import type { Vocabulary } from './vocabulary.js';
import { splitsBeforeSpace } from './word-boundary.js';

/**
 * The engine for byte-pair tokenizers such as those of GPT-2, GPT-NeoX, Llama, Qwen, and Gemma: ids and texts are those of
 * the Rust library, in any JavaScript engine.
 *
 * In order: added tokens are cut out, the rest is normalized, normalized added tokens are cut out, the rest is split into
 * pieces, and each piece is merged.
 *
 * @param json the content of a `tokenizer.json`
 * @param vocabulary its tokens
 * @param merges the merges of its model, if it is a byte-pair model
 * @throws {UnsupportedFeature} for whatever is not known to give the Rust library's ids
 */
export function javascriptEngine(
  json: TokenizerJson,
  vocabulary: Vocabulary,
  merges: readonly Merge[] | undefined,
): Engine {
  const normalize = readNormalizer(json.normalizer);
  const splitter = readPreTokenizer(json.pre_tokenizer, normalize === undefined);
  const encodePiece = bytePairModel(json.model, vocabulary.model, merges, splitter.isByteLevel);
  // What is remembered are words or, if they cannot be encoded one by one, pieces.
  const takesWords = splitsBeforeSpace(json);
  const idsOfPiece = takesWords ? encodePiece : rememberIds(encodePiece);
  const normalizeAll = normalize ?? ((text: string): string => text);
  // Without a normalizer a token's `normalized` changes nothing but the order in which tokens are looked for.
  const encodeNormalized = cutOutAddedTokens(
    vocabulary.added.filter((token) => token.normalized),
    normalizeAll,
    (text, isStart, into) => {
      for (const piece of splitter.split(text, isStart)) for (const id of idsOfPiece(piece)) into.push(id);
    },
  );
  const encodeWhole = cutOutAddedTokens(
    vocabulary.added.filter((token) => !token.normalized),
    (content) => content,
    (text, isStart, into) => {
      const normalized = normalizeAll(text);
      if (normalized !== '') encodeNormalized(normalized, isStart, into);
    },
  );
  const encode = (text: string): number[] => {
    const into: number[] = [];
    if (text !== '') encodeWhole(text, true, into);
    return into;
  };
  const encodeAll = takesWords ? rememberWords(encode) : encode;
  return {
    name: 'javascript',
    encode: (text) => encodeAll(wellFormed(text)),
    decode: decoderOf(json, vocabulary, normalizeAll),
  };
}

/** Half of a surrogate pair is not a character; the Rust library never sees one. */
const wellFormed = (text: string): string => text.replace(/[\uD800-\uDFFF]/gu, '\uFFFD');

function decoderOf(
  json: TokenizerJson,
  vocabulary: Vocabulary,
  normalize: (text: string) => string,
): Engine['decode'] {
  const decode = readDecoder(json.decoder);
  const tokens = new Map<number, string>();
  for (const [token, id] of vocabulary.model) tokens.set(id, token);
  const special = new Set<string>();
  for (const { id, content, normalized, special: isSpecial } of vocabulary.added) {
    tokens.set(id, normalized ? normalize(content) : content);
    if (isSpecial) special.add(content);
  }
  return (ids) => {
    const written = ids
      .map((id) => tokens.get(id))
      .filter((token) => token !== undefined && !special.has(token));
    return decode(written as string[]);
  };
}
