import type { ExactTraining } from '../data/exact-table.js';
import type { PairRatios, PairWeighting } from './pair-slopes.js';
import { pairSlopes } from './pair-slopes.js';
import type { Pairs, PreferenceWorld } from './preference-world.js';
import type { ResponseSpace } from './response-space.js';
import { fillSoftmax, logProbTable, type PolicyTable, responseLogProbs } from './tabular-policy.js';

/** Where a policy is along its training, by enumeration of all responses. */
export interface ExactPoint {
  /** KL(π_θ‖π_ref), nats. */
  readonly kl: number;
  /** Mean gold reward, in standard deviations of π_ref's. */
  readonly gold: number;
  /** Probability of winning against a response of π_ref. */
  readonly win: number;
}

/** One method's training: what it is weighted by, and what weights are relative to. */
export interface ExactMethod {
  readonly beta: number;
  readonly weighting: PairWeighting;
  readonly pairs: Pairs;
  /** [responses], log μ as the weights have it: π_ref where the policy that sampled is unknown. */
  readonly logBehavior: Float64Array;
}

/** What a policy is measured by. */
export function measurePolicy(
  { logReference, rewards, wins }: Pick<PreferenceWorld, 'logReference' | 'rewards' | 'wins'>,
  logPolicy: Float64Array,
): ExactPoint {
  let [kl, gold, win] = [0, 0, 0];
  for (let response = 0; response < logPolicy.length; response++) {
    const log = logPolicy[response] as number;
    const probability = Math.exp(log);
    kl += probability * (log - (logReference[response] as number));
    gold += probability * (rewards[response] as number);
    win += probability * (wins[response] as number);
  }
  return { kl, gold, win };
}

/**
 * Trains a policy from π_ref with Adam, and measures it along the way.
 *
 * @param order numbers of pairs, batch after batch, at least `updates · batchSize`
 * @returns `evaluations` + 1 points, the start first
 */
export function trainPolicy(
  space: ResponseSpace,
  world: PreferenceWorld,
  { beta, weighting, pairs, logBehavior }: ExactMethod,
  { updates, batchSize, learningRate, evaluations }: ExactTraining,
  order: Int32Array,
): ExactPoint[] {
  const { logReference } = world;
  const logits = Float64Array.from(world.reference);
  const policy = lazyPolicy(space, logits);
  const adam = adamOptimizer(logits, learningRate);
  const ratios = {
    chosen: new Float64Array(batchSize),
    rejected: new Float64Array(batchSize),
    behavior: new Float64Array(batchSize),
  } satisfies PairRatios;
  const slopes = new Float64Array(batchSize);
  const points = [measurePolicy(world, logReference)];
  for (let update = 1; update <= updates; update++) {
    const first = (update - 1) * batchSize;
    policy.forget();
    for (let place = 0; place < batchSize; place++) {
      const pair = order[first + place] as number;
      const [chosen, rejected] = [pairs.chosen[pair] as number, pairs.rejected[pair] as number];
      const [logChosen, logRejected] = [policy.logProb(chosen), policy.logProb(rejected)];
      ratios.chosen[place] = logChosen - (logReference[chosen] as number);
      ratios.rejected[place] = logRejected - (logReference[rejected] as number);
      ratios.behavior[place] =
        logChosen + logRejected - (logBehavior[chosen] as number) - (logBehavior[rejected] as number);
    }
    pairSlopes(ratios, beta, weighting, slopes);
    for (let place = 0; place < batchSize; place++) {
      const pair = order[first + place] as number;
      const slope = slopes[place] as number;
      policy.addSlope(pairs.chosen[pair] as number, slope);
      policy.addSlope(pairs.rejected[pair] as number, -slope);
    }
    adam(policy.gradient());
    const evaluated = Math.floor((update * evaluations) / updates);
    if (evaluated > Math.floor(((update - 1) * evaluations) / updates)) {
      points.push(measurePolicy(world, responseLogProbs(space, logProbTable(space, logits))));
    }
  }
  return points;
}

/** A policy whose log-probabilities are computed only in contexts that a batch visits, and the gradient of its logits. */
export function lazyPolicy(
  { vocabulary, length, contexts, entries }: ResponseSpace,
  logits: PolicyTable,
): {
  /** Starts a batch: logits have changed, and slopes are 0 again. */
  readonly forget: () => void;
  readonly logProb: (response: number) => number;
  /** Adds ∂loss/∂log π(response). */
  readonly addSlope: (response: number, slope: number) => void;
  /** ∂loss/∂logits, [contexts × V]; its next call reuses the array. */
  readonly gradient: () => PolicyTable;
} {
  const logProbs = new Float64Array(logits.length);
  const probabilities = new Float64Array(logits.length);
  const slopes = new Float64Array(logits.length);
  const gradient = new Float64Array(logits.length);
  const contextOf = Int32Array.from(entries, (entry) => Math.floor(entry / vocabulary));
  const isKnown = new Uint8Array(contexts);
  return {
    forget: () => {
      isKnown.fill(0);
      slopes.fill(0);
    },
    logProb: (response) => {
      let sum = 0;
      for (let place = response * length; place < (response + 1) * length; place++) {
        const context = contextOf[place] as number;
        if (isKnown[context] === 0) {
          fillSoftmax(logits, logProbs, probabilities, context * vocabulary, vocabulary);
          isKnown[context] = 1;
        }
        sum += logProbs[entries[place] as number] as number;
      }
      return sum;
    },
    addSlope: (response, slope) => {
      for (let place = response * length; place < (response + 1) * length; place++) {
        const entry = entries[place] as number;
        slopes[entry] = (slopes[entry] as number) + slope;
      }
    },
    gradient: () => {
      // ∂log π(a)/∂logit(b) = 1{a = b} − π(b): what a context's tokens got, less its sum times π.
      gradient.fill(0);
      for (let context = 0; context < contexts; context++) {
        if (isKnown[context] === 0) continue;
        const start = context * vocabulary;
        let sum = 0;
        for (let entry = start; entry < start + vocabulary; entry++) sum += slopes[entry] as number;
        for (let entry = start; entry < start + vocabulary; entry++)
          gradient[entry] = (slopes[entry] as number) - sum * (probabilities[entry] as number);
      }
      return gradient;
    },
  };
}

/** Kingma and Ba's Adam at its usual settings, with the corrections of its moments in the rate; changes the parameters in place. */
export function adamOptimizer(
  parameters: Float64Array,
  learningRate: number,
): (gradient: Float64Array) => void {
  const [firstDecay, secondDecay, epsilon] = [0.9, 0.999, 1e-8];
  const first = new Float64Array(parameters.length);
  const second = new Float64Array(parameters.length);
  let update = 0;
  return (gradient) => {
    update += 1;
    const firstShare = 1 / (1 - firstDecay ** update);
    const secondShare = 1 / (1 - secondDecay ** update);
    for (let index = 0; index < parameters.length; index++) {
      const slope = gradient[index] as number;
      const m = firstDecay * (first[index] as number) + (1 - firstDecay) * slope;
      const v = secondDecay * (second[index] as number) + (1 - secondDecay) * slope * slope;
      // A context that no pair has visited yet.
      if (v === 0) continue;
      first[index] = m;
      second[index] = v;
      parameters[index] =
        (parameters[index] as number) -
        (learningRate * m * firstShare) / (Math.sqrt(v * secondShare) + epsilon);
    }
  };
}
