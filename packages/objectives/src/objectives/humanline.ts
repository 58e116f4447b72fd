import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  checkBatch,
  checkTokens,
  type PairBatch,
  type SampleBatch,
  type TokenPairBatch,
  type TokenSampleBatch,
  type TokenUnpairedBatch,
  type UnpairedBatch,
} from '../contract/batch.js';
import { checkObjective } from '../contract/check-objective.js';
import { shownOption, withDefaults } from '../contract/check-option.js';
import type { Metrics, Objective } from '../contract/objective.js';
import { ObjectivesError } from '../errors.js';
import { sumByRow } from '../numerics/by-row.js';
import { detach } from '../numerics/detach.js';

/** Options of `humanline`. */
export interface HumanlineOptions {
  /** log ε_P, the least that a token's log-ratio may be, below 0; −1 by default. */
  readonly lower?: number;
  /** log ε_R, the most that it may be, above 0; 1.5 by default. */
  readonly upper?: number;
}

/**
 * Humanline: any objective with a reference, its log-ratios bounded token by token before they are summed.
 *
 * r(y) = Σ_t clamp(r_t, log ε_P, log ε_R), r_t = log π_θ(y_t|x, y_<t) − log π_ref(y_t|x, y_<t)
 *
 * The wrapped objective is given log π_ref(y) + r(y) for log π_θ(y), so that its log-ratio is r(y). A token whose ratio is out of
 * bounds has no gradient. `humanline/clamped` (of pairs: `_chosen`, `_rejected`) is the share of such tokens.
 *
 * Of KTO, z is not bounded: it is the trainer's, from unbounded ratios; HALOs bounds it too.
 *
 * In settings: `objective: humanline-dpo`, or `humanline-` before any other name, with `lower` and `upper` among
 * `objectiveOptions`.
 *
 * When to use: on data that another policy wrote, to learn from it as if it were on-policy: tokens that the policy has left far
 * behind, or already made much likelier, no longer count.
 *
 * Gotcha: the method also moves the reference to the policy every few updates (`referenceSync` of the trainer, with `mixup` 1; HALOs:
 * after each update). With a reference that stays, ratios drift out of bounds, and learning stops.
 *
 * Gotcha: terms that read log π_θ itself, such as RPO's, read the bounded one too; HALOs' SLiC leaves its SFT term unbounded.
 * Importance weights outside, `importanceWeighted(humanline(…))`, measure unbounded ratios; inside,
 * `humanline(importanceWeighted(…))`, they are weights whose ratios are bounded token by token.
 *
 * Gotcha: ratios to a behavior policy μ, such as those of GSPO and of weights inside, are bounded as well, log π_θ(y_t) − log μ(y_t) by
 * the same bounds: the wrapped objective is given a log μ from which they follow. Fresh samples have a ratio of 1, as without
 * humanline. Where a batch has sums under μ and no tokens, these ratios stay unbounded.
 *
 * @param objective the objective; it must read a reference
 * @param options the bounds
 * @returns an objective named `humanline-` plus the name of the given one; it reads tokens
 * @throws {ObjectivesError} `invalid-option` if a bound is on the wrong side of 0; `invalid-objective` if the objective reads no
 *   reference
 * @example
 * const objective = humanline(dpo({ beta: 0.1 }), { lower: -1, upper: 1.5 });
 * const { losses, metrics } = objective.evaluate({ ...batch, ...tokens });
 * @see Ethayarajh et al. 2025, "Humanline: Online Alignment as Perceptual Loss", section 4; ContextualAI/HALOs,
 *   `get_sequence_rewards`
 */
export function humanline(
  objective: Objective<PairBatch>,
  options?: HumanlineOptions,
): Objective<TokenPairBatch>;
export function humanline(
  objective: Objective<SampleBatch>,
  options?: HumanlineOptions,
): Objective<TokenSampleBatch>;
export function humanline(
  objective: Objective<UnpairedBatch>,
  options?: HumanlineOptions,
): Objective<TokenUnpairedBatch>;
export function humanline<B extends object>(
  objective: Objective<B>,
  options: HumanlineOptions = {},
): Objective<B> {
  checkObjective(objective, 'humanline');
  const { lower, upper } = withDefaults('humanline', options, { lower: -1, upper: 1.5 });
  if (!(typeof lower === 'number' && typeof upper === 'number' && lower < 0 && upper > 0)) {
    const [from, to] = [lower, upper].map(shownOption);
    throw new ObjectivesError(
      'invalid-option',
      `humanline: lower must be below 0 and upper above, because training starts at log-ratios of 0, got ${from} and ${to}.`,
    );
  }
  if (!objective.requires.reference) {
    throw new ObjectivesError(
      'invalid-objective',
      `humanline: ${objective.name} reads no reference, so there are no log-ratios to bound; wrap an objective with a reference.`,
    );
  }
  const name = `humanline-${objective.name}`;
  const sides = objective.requires.feedback === 'pairs' ? ofPairs : ofSamples;
  return {
    specificationVersion: 'v2',
    name,
    requires: { ...objective.requires, tokens: true },
    evaluate: (batch) => {
      const given = batch as Readonly<Record<string, Tensor1D>>;
      for (const { policyTokens, referenceTokens, row, reference, length, ...own } of sides) {
        const { policy, behavior, behaviorTokens } = own;
        checkBatch(name, given, [reference, length, ...(given[behavior] ? [policy, behavior] : [])]);
        const ofBehavior = given[behaviorTokens] ? [behaviorTokens] : [];
        checkTokens(name, given, [policyTokens, referenceTokens, ...ofBehavior], row);
      }
      return tf.tidy(() => {
        const changed: Record<string, Tensor1D> = { ...given };
        const own: Metrics = {};
        for (const side of sides) {
          const at = (field: keyof Side): Tensor1D => given[side[field]] as Tensor1D;
          const [rows, batchSize] = [at('row'), at('reference').size];
          const referenceTokens = detach(at('referenceTokens'));
          const ratios = tf.sub<Tensor1D>(at('policyTokens'), referenceTokens);
          const bounded = tf.clipByValue(ratios, lower, upper);
          changed[side.policyTokens] = tf.add(referenceTokens, bounded);
          const ratio = sumByRow(bounded, rows, batchSize);
          changed[side.policy] = tf.add(detach(at('reference')), ratio);
          // A ratio to another policy μ is bounded like that to the reference; where the two are equal, so is what they become.
          const [behavior, behaviorTokens] = [given[side.behavior], given[side.behaviorTokens]];
          const scores =
            behaviorTokens &&
            tf.clipByValue(tf.sub<Tensor1D>(at('policyTokens'), behaviorTokens), lower, upper);
          if (scores) {
            changed[side.behaviorTokens] = detach(tf.add<Tensor1D>(referenceTokens, tf.sub(bounded, scores)));
          }
          if (behavior) {
            const score = scores ? sumByRow(scores, rows, batchSize) : tf.sub(at('policy'), behavior);
            changed[side.behavior] = detach(tf.add<Tensor1D>(at('reference'), tf.sub(ratio, score)));
          }
          const outside = tf.add(
            tf.step(tf.sub(lower, detach(ratios))),
            tf.step(tf.sub(detach(ratios), upper)),
          );
          own[`humanline/clamped${side.suffix}`] = tf.div(
            sumByRow(outside as Tensor1D, rows, batchSize),
            detach(at('length')),
          );
        }
        const { losses, metrics } = objective.evaluate(changed as B);
        return { losses, metrics: { ...metrics, ...unbounded(metrics, given), ...own } };
      });
    },
  };
}

/** The fields of one response. */
interface Side {
  readonly policy: string;
  readonly reference: string;
  readonly behavior: string;
  readonly policyTokens: string;
  readonly referenceTokens: string;
  readonly behaviorTokens: string;
  readonly row: string;
  readonly length: string;
  /** Of the metric. */
  readonly suffix: string;
}

const ofPairs: readonly Side[] = /* @__PURE__ */ (['chosen', 'rejected'] as const).map((side) => {
  const name = side === 'chosen' ? 'Chosen' : 'Rejected';
  return {
    policy: `policy${name}`,
    reference: `reference${name}`,
    behavior: `behavior${name}`,
    policyTokens: `policy${name}Tokens`,
    referenceTokens: `reference${name}Tokens`,
    behaviorTokens: `behavior${name}Tokens`,
    row: `${side}TokenRow`,
    length: `${side}Length`,
    suffix: `_${side}`,
  };
});

const ofSamples: readonly Side[] = [
  {
    policy: 'policy',
    reference: 'reference',
    behavior: 'behavior',
    policyTokens: 'policyTokens',
    referenceTokens: 'referenceTokens',
    behaviorTokens: 'behaviorTokens',
    row: 'tokenRow',
    length: 'length',
    suffix: '',
  },
];

/** Log-probabilities among the metrics are the policy's own. */
function unbounded(metrics: Metrics, batch: Readonly<Record<string, Tensor1D>>): Metrics {
  const fields = {
    'logps/chosen': 'policyChosen',
    'logps/rejected': 'policyRejected',
    'logps/samples': 'policy',
  };
  const known = Object.entries(fields).filter(([name, field]) => name in metrics && batch[field]);
  return Object.fromEntries(known.map(([name, field]) => [name, detach(batch[field] as Tensor1D)]));
}
