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
  const { topK, topP } = options;
  if ((topK === undefined || topK >= probabilities.length) && (topP === undefined || topP >= 1)) {
    let total = 0;
    for (let token = 0; token < probabilities.length; token++) total += probabilities[token] as number;
    return invert(probabilities, uniform * total);
  }
  const candidates = mostProbable(probabilities, options);
  let total = 0;
  for (const token of candidates) total += probabilities[token] as number;
  let remaining = uniform * total;
  for (const token of candidates) {
    remaining -= probabilities[token] as number;
    if (remaining < 0) return token;
  }
  return candidates.at(-1) as number;
}

/** The first most probable token. */
export function mostProbableToken(values: Float32Array): number {
  let best = 0;
  for (let token = 1; token < values.length; token++) {
    if ((values[token] as number) > (values[best] as number)) best = token;
  }
  return best;
}

function invert(probabilities: Float32Array, target: number): number {
  let remaining = target;
  let last = 0;
  for (let token = 0; token < probabilities.length; token++) {
    const probability = probabilities[token] as number;
    if (probability > 0) {
      remaining -= probability;
      last = token;
      if (remaining < 0) return token;
    }
  }
  return last;
}

/**
 * Top-k, then the fewest tokens whose share of what top-k left reaches p, most probable first; equally probable
 * tokens in the order of their numbers, and all that tie with the k-th are cut by that order.
 */
function mostProbable(probabilities: Float32Array, { topK, topP }: SamplingOptions): number[] {
  const limit = Math.min(topK ?? probabilities.length, probabilities.length);
  // Tokens below (1 − p)/V have less than 1 − p together, so none of them is among the fewest that reach p:
  // most of the vocabulary need not be sorted. The small margin covers sums that are not quite 1.
  const floor = topK === undefined && topP !== undefined ? (0.999 * (1 - topP)) / probabilities.length : 0;
  const candidates: number[] = [];
  for (let token = 0; token < probabilities.length; token++) {
    if ((probabilities[token] as number) > floor) candidates.push(token);
  }
  candidates.sort((a, b) => (probabilities[b] as number) - (probabilities[a] as number) || a - b);
  candidates.length = Math.min(candidates.length, limit);
  if (topP === undefined || topP >= 1) return candidates;
  let total = 0;
  if (topK === undefined) for (const probability of probabilities) total += probability;
  else for (const token of candidates) total += probabilities[token] as number;
  let mass = 0;
  for (let count = 0; count < candidates.length; count++) {
    mass += probabilities[candidates[count] as number] as number;
    if (mass >= topP * total) {
      candidates.length = count + 1;
      break;
    }
  }
  return candidates;
}
