import { sha256 } from '@ais/runtime/files';

/**
 * A hash of what a text says: equal for texts that differ only in case, white space or Unicode normal form.
 *
 * @param text any text
 * @returns the first 128 bits of SHA-256 over the normalized text, 32 hexadecimal digits
 * @example
 * contentHash('Two  cakes\n') === contentHash('two cakes'); // true
 */
export function contentHash(text: string): string {
  const normalized = text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
  return sha256(normalized).slice(0, 32);
}
