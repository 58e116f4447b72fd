import { sha256 } from '@ais/runtime/files';

/**
 * A hash of what a text says: equal for texts that differ only in case, white space, or Unicode's compatibility form (NFKC), in
 * which `10²` is `102`. It ties texts together generously, as splits need it.
 *
 * @param text any text
 * @returns the first 128 bits of SHA-256 over the normalized text, 32 hexadecimal digits
 * @example
 * contentHash('Two  cakes\n') === contentHash('two cakes'); // true
 */
export function contentHash(text: string): string {
  return hashIn('NFKC', text);
}

/**
 * A hash by which texts are duplicates: equal for those that differ only in case, white space, or Unicode's canonical form (NFC); that
 * of `contentHash` where both forms are the same.
 */
export function duplicateHash(text: string): string {
  return hashIn('NFC', text);
}

function hashIn(form: 'NFC' | 'NFKC', text: string): string {
  const normalized = text.normalize(form).toLowerCase().replace(/\s+/gu, ' ').trim();
  return sha256(normalized).slice(0, 32);
}
