import { expectation } from './tabular-policy.js';

/** Rewards shifted and scaled to mean 0 and standard deviation 1 under π_ref: a policy's mean is then in standard deviations. */
export function standardized(rewards: Float64Array, logReference: Float64Array): Float64Array {
  const mean = expectation(logReference, rewards);
  const squares = rewards.map((reward) => (reward - mean) ** 2);
  const deviation = Math.sqrt(expectation(logReference, squares));
  return rewards.map((reward) => (reward - mean) / deviation);
}

/**
 * How often each response wins against one of π_ref, [responses]: Σ_{y'} π_ref(y')·(1{r(y) > r(y')} + ½·1{r(y) = r(y')}).
 *
 * The mean of this over a policy is its probability of winning.
 */
export function winProbabilities(rewards: Float64Array, logReference: Float64Array): Float64Array {
  const order = Array.from(rewards.keys()).sort((a, b) => (rewards[a] as number) - (rewards[b] as number));
  const wins = new Float64Array(rewards.length);
  let below = 0;
  for (let first = 0; first < order.length; ) {
    const reward = rewards[order[first] as number];
    let last = first;
    let equal = 0;
    for (; last < order.length && rewards[order[last] as number] === reward; last++)
      equal += Math.exp(logReference[order[last] as number] as number);
    for (let place = first; place < last; place++) wins[order[place] as number] = below + equal / 2;
    below += equal;
    first = last;
  }
  return wins;
}

/** log of the policy that maximizes E_π[r] − β·KL(π‖π_ref): π(y) ∝ π_ref(y)·exp(r(y)/β). */
export function tilted(logReference: Float64Array, rewards: Float64Array, beta: number): Float64Array {
  const logits = logReference.map((log, response) => log + (rewards[response] as number) / beta);
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const normalizer = most + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
  return logits.map((logit) => logit - normalizer);
}
