import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

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
  const digest = native
    ? native.createHash('sha256').update(normalized).digest('hex')
    : bytesToHex(sha256(new TextEncoder().encode(normalized)));
  return digest.slice(0, 32);
}

/** Node's own SHA-256 is several times as fast; browsers have none that is synchronous. */
const native: typeof import('node:crypto') | undefined = (
  globalThis as { process?: NodeJS.Process }
).process?.getBuiltinModule?.('node:crypto');
