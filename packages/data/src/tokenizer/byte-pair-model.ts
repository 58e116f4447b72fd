import { shown } from '../records/require-option.js';
import { byteAlphabet } from './byte-alphabet.js';
import { bytePairEncoding, type Merge } from './byte-pair-encoding.js';
import type { TokenizerJson } from './tokenizer-json.js';
import { allowOnly, UnsupportedFeature } from './unsupported-feature.js';

/** The ids of a piece of text. */
export type EncodePiece = (piece: string) => number[];

/**
 * The byte-pair model of a `tokenizer.json`.
 *
 * A piece starts as its characters, or its bytes behind a byte-level pre-tokenizer; a character that the vocabulary
 * lacks becomes its bytes (`byte_fallback`), the unknown token, or nothing. Then neighbors are merged.
 *
 * @param model the part of the file
 * @param vocabulary the model's tokens
 * @param merges its merges; undefined for models of other kinds
 * @param isByteLevel whether tokens are bytes in GPT-2's stand-ins
 * @throws {UnsupportedFeature}
 */
export function bytePairModel(
  model: TokenizerJson['model'],
  vocabulary: ReadonlyMap<string, number>,
  merges: readonly Merge[] | undefined,
  isByteLevel: boolean,
): EncodePiece {
  if (merges === undefined) throw new UnsupportedFeature(`the model ${model.type ?? 'without a type'}`);
  allowOnly('the model BPE', model, OPTIONS);
  const merge = bytePairEncoding(merges);
  const symbolsOf = isByteLevel ? byteSymbols(model, vocabulary) : characterSymbols(model, vocabulary);
  const whole = model['ignore_merges'] === true ? wholePieces(vocabulary, isByteLevel) : undefined;
  let symbols = new Int32Array(256);
  return (piece) => {
    const known = whole?.get(piece);
    if (known !== undefined) return [known];
    // A UTF-16 unit takes three bytes at most.
    if (3 * piece.length > symbols.length) symbols = new Int32Array(6 * piece.length);
    return Array.from(symbols.subarray(0, merge(symbols, symbolsOf(piece, symbols))));
  };
}

const OPTIONS = ['vocab', 'merges', 'dropout', 'unk_token', 'fuse_unk', 'byte_fallback', 'ignore_merges'];

/** Writes the ids that a piece starts with, and returns how many there are. */
type SymbolsOf = (piece: string, into: Int32Array) => number;

/** A byte without a token gives nothing: SmolLM2's has none for rare control characters and planes. */
function byteSymbols(model: TokenizerJson['model'], vocabulary: ReadonlyMap<string, number>): SymbolsOf {
  const unknown = unknownToken(model, vocabulary);
  if (unknown !== undefined && !hasEveryByte(vocabulary)) {
    throw new UnsupportedFeature(
      'an unknown token, and a byte-level vocabulary without a token for every byte',
    );
  }
  const idOf = Int32Array.from(byteAlphabet(), (standIn) => vocabulary.get(standIn) ?? NOTHING);
  const utf8 = new TextEncoder();
  let bytes = new Uint8Array(256);
  return (piece, into) => {
    if (3 * piece.length > bytes.length) bytes = new Uint8Array(6 * piece.length);
    const { written } = utf8.encodeInto(piece, bytes);
    let count = 0;
    for (let index = 0; index < written; index++) {
      const id = idOf[bytes[index] ?? 0] ?? NOTHING;
      if (id !== NOTHING) into[count++] = id;
    }
    return count;
  };
}

const NOTHING = -1;

/** Whether a byte-level vocabulary has a token for each byte, so that no part of a text gives nothing. */
export function hasEveryByte(vocabulary: ReadonlyMap<string, number>): boolean {
  return byteAlphabet().every((standIn) => vocabulary.has(standIn));
}

function characterSymbols(model: TokenizerJson['model'], vocabulary: ReadonlyMap<string, number>): SymbolsOf {
  const bytes = model['byte_fallback'] === true ? byteTokens(vocabulary) : undefined;
  const unknown = unknownToken(model, vocabulary);
  const utf8 = new TextEncoder();
  return (piece, into) => {
    let count = 0;
    let wasUnknown = false;
    for (const character of piece) {
      const id = vocabulary.get(character);
      const isUnknown = id === undefined && bytes === undefined;
      if (id !== undefined) into[count++] = id;
      else if (bytes !== undefined) {
        for (const byte of utf8.encode(character)) into[count++] = bytes[byte] ?? 0;
      } else if (unknown !== undefined && !(wasUnknown && model['fuse_unk'] === true))
        into[count++] = unknown;
      wasUnknown = isUnknown;
    }
    return count;
  };
}

function byteTokens(vocabulary: ReadonlyMap<string, number>): Int32Array {
  const ids = Array.from({ length: 256 }, (_, byte) =>
    vocabulary.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
  );
  if (ids.every((id) => id !== undefined)) return Int32Array.from(ids);
  throw new UnsupportedFeature('byte fallback without a token for every byte');
}

function unknownToken(
  { unk_token: token }: TokenizerJson['model'],
  vocabulary: ReadonlyMap<string, number>,
): number | undefined {
  if (token === null || token === undefined) return undefined;
  const id = typeof token === 'string' ? vocabulary.get(token) : undefined;
  if (id !== undefined) return id;
  throw new UnsupportedFeature(`the unknown token ${shown(token)}, which the vocabulary lacks`);
}

/** The tokens that can be whole pieces, by their text. */
function wholePieces(
  vocabulary: ReadonlyMap<string, number>,
  isByteLevel: boolean,
): ReadonlyMap<string, number> {
  if (!isByteLevel) return vocabulary;
  const byteOf = new Map(byteAlphabet().map((standIn, byte) => [standIn, byte]));
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const whole = new Map<string, number>();
  for (const [token, id] of vocabulary) {
    const bytes = Array.from(token, (character) => byteOf.get(character));
    if (!bytes.every((byte) => byte !== undefined)) continue;
    try {
      whole.set(strict.decode(Uint8Array.from(bytes)), id);
    } catch {
      // Bytes that are not UTF-8 are part of a text's pieces, never one of them.
    }
  }
  return whole;
}
