import { createRandom, type Random } from '@ais/runtime';
import type { ContextLength } from '../data/exact-table.js';
import { standardized, tilted, winProbabilities } from './gold-reward.js';
import type { ResponseSpace } from './response-space.js';
import { logProbTable, type PolicyTable, responseLogProbs } from './tabular-policy.js';

/** What decides the reference, the gold reward, and the pairs, beside the seed. */
export interface WorldSettings {
  readonly vocabulary: number;
  readonly length: number;
  readonly context: ContextLength;
  /** Preference pairs, N. */
  readonly pairs: number;
  /** Probability that a label is turned around. */
  readonly flips: number;
  /** Standard deviation of the reference's logits. */
  readonly referenceSpread: number;
  /** τ of the shifted behavior policy μ ∝ π_ref·exp(r/τ). */
  readonly shiftTemperature: number;
}

/** Pairs as numbers of responses. */
export interface Pairs {
  readonly chosen: Int32Array;
  readonly rejected: Int32Array;
  /** [responses], log of the policy that they were sampled from. */
  readonly logBehavior: Float64Array;
}

/** A reference policy, a gold reward, and preference data: what one seed draws. */
export interface PreferenceWorld {
  readonly reference: PolicyTable;
  /** [responses] */
  readonly logReference: Float64Array;
  /** [responses], in standard deviations under π_ref about its mean. */
  readonly rewards: Float64Array;
  /** [responses], probability that the response wins against one of π_ref. */
  readonly wins: Float64Array;
  /** Sampled from π_ref, and from the shifted policy. */
  readonly pairs: { readonly reference: Pairs; readonly shifted: Pairs };
}

/**
 * What a seed draws. Its streams depend on the settings as well: worlds that differ in one are independent.
 *
 * Logits of π_ref and gold rewards are independent normal numbers; rewards belong to whole responses, so that no policy with
 * tied contexts can follow them exactly. Labels are Bradley and Terry's, P(y_1 over y_2) = σ(r_1 − r_2).
 */
export function preferenceWorld(
  space: ResponseSpace,
  settings: WorldSettings,
  seed: number,
): PreferenceWorld {
  const { length, context, pairs: count, flips, referenceSpread, shiftTemperature } = settings;
  const random = createRandom(seed, 'exact', space.vocabulary, length, context, count, String(flips));
  const reference = normals(random.fork('reference'), space.contexts * space.vocabulary, referenceSpread);
  const logReference = responseLogProbs(space, logProbTable(space, reference));
  const rewards = standardized(normals(random.fork('rewards'), space.responses, 1), logReference);
  const draw = (name: string, logBehavior: Float64Array): Pairs =>
    sampledPairs(random.fork('pairs', name), logBehavior, rewards, count, flips);
  return {
    reference,
    logReference,
    rewards,
    wins: winProbabilities(rewards, logReference),
    pairs: {
      reference: draw('reference', logReference),
      shifted: draw('shifted', tilted(logReference, rewards, shiftTemperature)),
    },
  };
}

function normals(random: Random, count: number, deviation: number): Float64Array {
  return Float64Array.from({ length: count }, () => deviation * random.normal());
}

function sampledPairs(
  random: Random,
  logBehavior: Float64Array,
  rewards: Float64Array,
  count: number,
  flips: number,
): Pairs {
  const sample = sampler(logBehavior);
  const chosen = new Int32Array(count);
  const rejected = new Int32Array(count);
  for (let pair = 0; pair < count; pair++) {
    const [first, second] = [sample(random), sample(random)];
    const margin = (rewards[first] as number) - (rewards[second] as number);
    const isFirst = random.uniform() < 1 / (1 + Math.exp(-margin));
    const isFlipped = random.uniform() < flips;
    const firstWins = isFirst !== isFlipped;
    chosen[pair] = firstWins ? first : second;
    rejected[pair] = firstWins ? second : first;
  }
  return { chosen, rejected, logBehavior };
}

/** Draws numbers of responses, by bisection of the cumulative probabilities. */
function sampler(logProbs: Float64Array): (random: Random) => number {
  const cumulative = new Float64Array(logProbs.length);
  let sum = 0;
  for (let response = 0; response < logProbs.length; response++) {
    sum += Math.exp(logProbs[response] as number);
    cumulative[response] = sum;
  }
  return (random) => {
    const place = random.uniform() * sum;
    let low = 0;
    let high = logProbs.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] as number) > place) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
