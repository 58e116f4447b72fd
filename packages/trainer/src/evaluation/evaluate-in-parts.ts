import type { TokenizedExample } from '@ais/data';
import type { CausalLanguageModel } from '@ais/language-model';
import * as tf from '@tensorflow/tfjs-core';
import type { Metrics } from '../loop/training-metrics.js';
import { fingerprintExamples, fingerprintParameters } from '../run/fingerprint.js';
import type { JsonObject } from '../run/json.js';
import { sum } from '../run/mean.js';
import { inParts, openPartialWork, type PartialWork } from '../run/partial-work.js';
import { isOfShard, openShard, type Shard } from '../run/shards.js';
import {
  type EvaluatedPart,
  evaluatePart,
  KL_PROMPTS,
  requireEvaluation,
  stepsOfPart,
  summarizeParts,
} from './evaluated-part.js';
import type { PolicyEvaluation, PolicyEvaluatorOptions } from './policy-evaluation.js';

/** Options of `evaluateInParts`. */
export interface EvaluateInPartsOptions extends Omit<PolicyEvaluatorOptions, 'referenceRewards'> {
  readonly reference?: Pick<CausalLanguageModel, 'parameters' | 'responseLogitRows'>;
  /**
   * Further metrics, which take time and do not depend on the policy: how far the judge agrees with labels. A part of its own,
   * the first one.
   */
  readonly also?: () => Promise<Metrics>;
  /** Keeps finished parts in this file, so that an interrupted call loses at most 64 prompts. Remove it once the result is stored. */
  readonly path?: string;
  /**
   * What to do with a file that is already at `path`: resume from it, and fail if it is of other work (`true`), resume if it is of
   * this work and start over if not (`if-same`, the default), or start over (`false`).
   */
  readonly resume?: boolean | 'if-same';
  /** Recorded in the file and compared on resume, beyond the models, the examples, and the options above. */
  readonly inputs?: JsonObject;
  readonly signal?: AbortSignal;
  /** Told of responses sampled, scored, and measured, out of as many as there will be. */
  readonly onProgress?: (completed: number, total: number) => void;
}

/** Prompts in a part: what an interruption may lose. As many as a scorer is asked about at once. */
const PART_PROMPTS = 64;

/**
 * Measures a policy as `evaluatePolicy` does, 64 prompts at a time, in parts that survive an interruption.
 *
 * Responses have the same random streams as there, so more than 64 prompts differ by the rounding of other batches, and fewer
 * not at all. Prompts go longest first: memory peaks at once, and little is padded.
 *
 * @param policy stays as it is
 * @param examples prompts with their reference responses
 * @returns see `policyEvaluator`
 * @throws {TrainerError} `invalid-option` naming the option that is out of range; or without examples
 * @throws {ConfigurationMismatch} if `resume` is true and the file is of other work, naming the input that differs
 * @throws {FileError} `disk-full`, `not-writable`
 * @throws the signal's reason when it aborts
 * @example
 * const { metrics } = await evaluateInParts(policy, examples, { reference, maxNewTokens: 4, seed: 1 });
 * console.log(metrics['eval_kl'] > 0); // true
 */
export async function evaluateInParts(
  policy: CausalLanguageModel,
  examples: readonly TokenizedExample[],
  options: EvaluateInPartsOptions,
): Promise<PolicyEvaluation> {
  const { parts, also, placesOf } = await evaluatedParts(policy, examples, options);
  const evaluation = summarizeParts(
    examples,
    parts.map((part, index) => ({ part, places: placesOf(index) })),
  );
  return { ...evaluation, metrics: { ...evaluation.metrics, ...also } };
}

/**
 * Measures one shard's share of what `evaluateInParts` would, into `<path>.shard-i-of-n`. Once all shards are there, `mergeShards`
 * puts them together, and `evaluateInParts` with the same options and the path `<path>.partial` returns what they say.
 *
 * @returns prompts that are measured
 * @throws as `evaluateInParts`
 * @example
 * const options = { reference, maxNewTokens: 4, seed: 1, path: 'evaluation' };
 * for (const index of [1, 2]) await evaluateShard(policy, examples, { ...options, shard: { index, count: 2 } });
 * await mergeShards('evaluation');
 * const { metrics } = await evaluateInParts(policy, examples, { ...options, path: 'evaluation.partial' });
 * console.log(metrics['eval_kl'] > 0); // true
 */
export async function evaluateShard(
  policy: CausalLanguageModel,
  examples: readonly TokenizedExample[],
  options: EvaluateInPartsOptions & { readonly path: string; readonly shard: Shard },
): Promise<number> {
  const { parts } = await evaluatedParts(policy, examples, options, options.shard);
  return sum(parts.map(({ responses }) => responses.length));
}

/** What is kept of a part: of the further metrics, or of examples. */
type KeptPart = { readonly also?: Metrics; readonly part?: EvaluatedPart };

/** Evaluates parts, all or those of a shard. */
async function evaluatedParts(
  policy: CausalLanguageModel,
  examples: readonly TokenizedExample[],
  options: EvaluateInPartsOptions,
  shard?: Shard,
): Promise<{
  readonly parts: readonly EvaluatedPart[];
  readonly also: Metrics;
  /** The places of a part's examples, of all parts. */
  readonly placesOf: (part: number) => readonly number[];
}> {
  const { klPrompts = KL_PROMPTS, also, onProgress, ...own } = options;
  requireEvaluation(examples.length, options);
  const longestFirst = [...examples.keys()].sort(
    (a, b) => (examples[b]?.prompt.length ?? 0) - (examples[a]?.prompt.length ?? 0) || a - b,
  );
  // In a part, examples are in their own order.
  const placesOf = (part: number): number[] =>
    longestFirst.slice(part * PART_PROMPTS, (part + 1) * PART_PROMPTS).sort((a, b) => a - b);
  const first = also ? 1 : 0;
  const count = first + Math.ceil(examples.length / PART_PROMPTS);
  const isOurs = (part: number): boolean => !shard || isOfShard(part, shard);
  const measuredOf = (places: readonly number[]): number =>
    places.filter((place) => place < klPrompts).length;
  const stepsOf = (part: number): number => {
    const places = placesOf(part - first);
    return stepsOfPart(places.length, places.length, measuredOf(places), options);
  };
  const ours = Array.from({ length: count - first }, (_, part) => first + part).filter(isOurs);
  const total = sum(ours.map(stepsOf));

  const work = await openWork(policy, examples, options, shard && { shard, count });
  const kept = await inParts<KeptPart>(
    work,
    count,
    async (number) => {
      if (also && number === 0) return { also: await also() };
      const places = placesOf(number - first);
      const before = sum(ours.slice(0, ours.indexOf(number)).map(stepsOf));
      const part = await evaluatePart(
        policy,
        places.flatMap((place) => examples[place] ?? []),
        {
          ...own,
          measured: measuredOf(places),
          streams: places,
          ...(onProgress && { onProgress: (completed: number) => onProgress(before + completed, total) }),
        },
      );
      return { part };
    },
    isOurs,
  );
  return {
    parts: kept.flatMap(({ part }) => part ?? []),
    also: kept.find((part) => part.also)?.also ?? {},
    placesOf,
  };
}

async function openWork(
  policy: CausalLanguageModel,
  examples: readonly TokenizedExample[],
  options: EvaluateInPartsOptions,
  share: { readonly shard: Shard; readonly count: number } | undefined,
): Promise<PartialWork<KeptPart>> {
  const { path, resume = 'if-same', inputs, reference, scorer, batchSizes = {} } = options;
  if (path === undefined) return { done: new Map(), keep: async () => {}, close: async () => {} };
  const { loss = true, maxNewTokens, temperature, klTemperature, klPrompts = KL_PROMPTS, seed } = options;
  const work = {
    ...inputs,
    model: await fingerprintParameters(policy.parameters),
    ...(reference && { reference: await fingerprintParameters(reference.parameters) }),
    ...(scorer && { scorer: scorer.name }),
    examples: fingerprintExamples(examples),
    evaluation: { loss, maxNewTokens, temperature, klTemperature, klPrompts, seed, batchSizes },
    backend: tf.getBackend(),
  };
  return share ? openShard(path, work, share.shard, share.count) : openPartialWork(path, work, resume);
}
