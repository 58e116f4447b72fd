import { characterClass } from './character-class.js';
import { UNKNOWN_TO_NORMALIZER } from './unicode-tables.js';

const unknown = characterClass(UNKNOWN_TO_NORMALIZER);
const UNKNOWN = new RegExp(`[${unknown}]`, 'u');
const PIECES = new RegExp(`[${unknown}]|[^${unknown}]+`, 'gu');

/**
 * Unicode's normal form C as the Rust tokenizers have it: characters that are younger than their tables are neither
 * composed, decomposed nor moved, and nothing is moved past them.
 */
export function normalizeNfc(text: string): string {
  if (!UNKNOWN.test(text)) return text.normalize('NFC');
  return text.replace(PIECES, (piece) => (UNKNOWN.test(piece) ? piece : piece.normalize('NFC')));
}
