import type { ResponseSpace } from './response-space.js';

/** One number for each entry of a policy's table, [contexts × V]: logits, log-probabilities, or their slopes. */
export type PolicyTable = Float64Array;

/** log π(token | context) from logits, [contexts × V]. */
export function logProbTable({ vocabulary, contexts }: ResponseSpace, logits: PolicyTable): PolicyTable {
  const table = new Float64Array(logits.length);
  const probabilities = new Float64Array(logits.length);
  for (let context = 0; context < contexts; context++) {
    fillSoftmax(logits, table, probabilities, context * vocabulary, vocabulary);
  }
  return table;
}

/** The log-softmax and the softmax of the V logits from `start` on. */
export function fillSoftmax(
  logits: PolicyTable,
  logProbs: PolicyTable,
  probabilities: PolicyTable,
  start: number,
  vocabulary: number,
): void {
  const end = start + vocabulary;
  let most = Number.NEGATIVE_INFINITY;
  for (let entry = start; entry < end; entry++) most = Math.max(most, logits[entry] as number);
  let sum = 0;
  for (let entry = start; entry < end; entry++) {
    const mass = Math.exp((logits[entry] as number) - most);
    probabilities[entry] = mass;
    sum += mass;
  }
  const normalizer = most + Math.log(sum);
  for (let entry = start; entry < end; entry++) {
    probabilities[entry] = (probabilities[entry] as number) / sum;
    logProbs[entry] = (logits[entry] as number) - normalizer;
  }
}

/**
 * log π(y) of every response, [responses].
 *
 * log π(y) = Σ_t log π(y_t | context), along the tree of prefixes, so that each prefix is summed once.
 */
export function responseLogProbs(space: ResponseSpace, table: PolicyTable): Float64Array {
  const { vocabulary, responses, prefixContexts } = space;
  const logProbs = new Float64Array(responses);
  // In place, level by level from the last prefix on: a prefix's number is never larger than those of its continuations.
  for (let prefixes = 1, first = 0; prefixes < responses; first += prefixes, prefixes *= vocabulary) {
    for (let prefix = prefixes - 1; prefix >= 0; prefix--) {
      const before = logProbs[prefix] as number;
      const row = (prefixContexts[first + prefix] as number) * vocabulary;
      for (let token = vocabulary - 1; token >= 0; token--)
        logProbs[prefix * vocabulary + token] = before + (table[row + token] as number);
    }
  }
  return logProbs;
}

/** KL(π‖π_ref) over all responses, in nats: Σ_y π(y)·(log π(y) − log π_ref(y)). */
export function sequenceKl(logPolicy: Float64Array, logReference: Float64Array): number {
  let kl = 0;
  for (let response = 0; response < logPolicy.length; response++) {
    const log = logPolicy[response] as number;
    kl += Math.exp(log) * (log - (logReference[response] as number));
  }
  return kl;
}

/** E_π[f(y)] over all responses. */
export function expectation(logPolicy: Float64Array, values: Float64Array): number {
  let sum = 0;
  for (let response = 0; response < logPolicy.length; response++)
    sum += Math.exp(logPolicy[response] as number) * (values[response] as number);
  return sum;
}
