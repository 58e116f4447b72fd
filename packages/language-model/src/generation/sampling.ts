/** How the next token is chosen; a temperature of 0 takes the most probable one. */
export interface SamplingOptions {
  readonly temperature: number;
  readonly topK?: number | undefined;
  readonly topP?: number | undefined;
}

/**
 * Draws a token by inverting the distribution function, in float64.
 *
 * @param probabilities softmax of logits/temperature over the vocabulary; need not sum to exactly 1
 * @param uniform a draw from [0, 1)
 */
export function sampleToken(probabilities: Float32Array, options: SamplingOptions, uniform: number): number {
  const { least, ties, mass } = kept(probabilities, options);
  let remaining = uniform * mass;
  let tiesLeft = ties;
  let last = 0;
  for (let token = 0; token < probabilities.length; token++) {
    const probability = probabilities[token] as number;
    if (probability < least || probability === 0) continue;
    if (probability === least && tiesLeft-- <= 0) continue;
    remaining -= probability;
    last = token;
    if (remaining < 0) return token;
  }
  return last;
}

/** Which tokens may be drawn: all above `least`, and the first `ties` of those equal to it. */
interface Kept {
  readonly least: number;
  readonly ties: number;
  /** What they have together. */
  readonly mass: number;
}

/** Floats of 0 to 1 by their upper 16 bits, which sort as they do: 0x3f80 is 1, and rounding may exceed it a little. */
const BUCKETS = 0x3f90;

/**
 * Top-k, then the fewest tokens whose share of what top-k left reaches p, most probable first; equally probable
 * tokens in the order of their numbers, and all that tie with the last are cut by that order.
 *
 * Sorting the vocabulary would take longer than computing its logits. Its tokens are counted by the upper bits of
 * their probabilities instead, whole buckets are taken from the top, and only the bucket where the limit lies is sorted.
 */
function kept(probabilities: Float32Array, { topK, topP }: SamplingOptions): Kept {
  const limit = Math.min(topK ?? probabilities.length, probabilities.length);
  const share = Math.min(topP ?? 1, 1);
  let total = 0;
  for (let token = 0; token < probabilities.length; token++) total += probabilities[token] as number;
  if (limit === probabilities.length && share === 1) return { least: 0, ties: 0, mass: total };

  const buckets = new Buckets(probabilities);
  const most = limit === probabilities.length ? undefined : buckets.first(limit, Number.POSITIVE_INFINITY);
  return share === 1 && most !== undefined ? most : buckets.first(limit, share * (most?.mass ?? total));
}

class Buckets {
  readonly #probabilities: Float32Array;
  readonly #upperBits: Uint16Array;
  readonly #counts = new Uint32Array(BUCKETS);
  readonly #masses = new Float64Array(BUCKETS);

  constructor(probabilities: Float32Array) {
    const { buffer, byteOffset, length } = probabilities;
    this.#probabilities = probabilities;
    const words = new Uint32Array(buffer, byteOffset, length);
    this.#upperBits = new Uint16Array(length);
    for (let token = 0; token < length; token++) {
      const bucket = (words[token] as number) >>> 16;
      this.#upperBits[token] = bucket;
      this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
      this.#masses[bucket] = (this.#masses[bucket] as number) + (probabilities[token] as number);
    }
  }

  /** The fewest tokens, most probable first, that are `limit` or have the mass together. */
  first(limit: number, wanted: number): Kept {
    let count = 0;
    let mass = 0;
    let bucket = BUCKETS - 1;
    for (; bucket > 0; bucket--) {
      const size = this.#counts[bucket] as number;
      if (count + size >= limit || mass + (this.#masses[bucket] as number) >= wanted) break;
      count += size;
      mass += this.#masses[bucket] as number;
    }
    const sorted: number[] = [];
    this.#upperBits.forEach((of, token) => {
      if (of === bucket) sorted.push(this.#probabilities[token] as number);
    });
    sorted.sort((a, b) => b - a);
    let ties = 0;
    let least = 0;
    for (const probability of sorted) {
      ties = probability === least ? ties + 1 : 1;
      least = probability;
      count++;
      mass += probability;
      if (count >= limit || mass >= wanted) break;
    }
    return { least, ties, mass };
  }
}
