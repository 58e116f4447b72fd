import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { GoldEvalError } from '../errors.js';

/**
 * A stream of uniform numbers in [0, 1) for a seed and a position, so that item 1,000 gets the same draw whether or
 * not the 999 before it were made in the same process.
 */
export function randomStream(seed: number, position: number = 0): () => number {
  if (!Number.isSafeInteger(seed)) {
    throw new GoldEvalError('invalid-option', `seed must be an integer, got ${seed}.`);
  }
  const generator = xoroshiro128plus(mix(mix(seed | 0, Math.floor(seed / 2 ** 32) | 0), position | 0));
  return () => uniformFloat64(generator);
}

/** MurmurHash3's finalizer over two words: neighboring seeds and positions give unrelated streams. */
function mix(first: number, second: number): number {
  let hash = Math.imul(first ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(second + 0x7f4a7c15, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
