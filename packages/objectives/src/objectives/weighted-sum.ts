import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { PairBatch } from '../contract/batch.js';
import { checkObjective } from '../contract/check-objective.js';
import { checkOption } from '../contract/check-option.js';
import type { Metrics, Objective, Requirements } from '../contract/objective.js';
import { specificationVersion } from '../contract/specification-version.js';
import { ObjectivesError } from '../errors.js';
import { detach } from '../numerics/detach.js';

/** One objective of a sum, and how much it counts. */
export interface WeightedTerm<B = PairBatch> {
  readonly objective: Objective<B>;
  /** λ, a finite number, at least 0. */
  readonly weight: number;
}

/**
 * Several objectives at once, each with its weight.
 *
 * ℓ = Σ_i λ_i·ℓ_i
 *
 * It reads what any of its terms reads. The metrics of the first term keep their names; those of the others have the term's
 * name before them, as in `chosen-sft/logps/chosen`. The loss of every term is among the metrics, as in `dpo/loss`.
 *
 * In settings: `objective: weighted-sum` with `objectiveOptions: { dpo: 0.8, chosen-sft: 0.2 }`; all terms share β there.
 *
 * When to use: to keep what one loss alone lets go, such as the probability of chosen responses beside DPO.
 *
 * Gotcha: losses have scales of their own: one that is squared can drown the others, whatever its weight says. A sum of terms
 * that each carry importance weights is a sum of weighted losses; `importanceWeighted` of the sum weights all terms alike.
 *
 * Gotcha: TRL's `loss_type=["sigmoid", "bco_pair", "sft"]` with `loss_weights` is this sum, up to the average of `sft`.
 *
 * @param terms the objectives and their weights, all over pairs or all over samples
 * @returns an objective named after its terms, such as `dpo-plus-chosen-sft`
 * @throws {ObjectivesError} `invalid-option` if there are no terms, a weight is below 0, or some learn from pairs and some from
 *   samples; `invalid-objective` if a term is not an objective
 * @example
 * const objective = weightedSum([
 *   { objective: dpo({ beta: 0.1 }), weight: 0.8 },
 *   { objective: bcoPair({ beta: 0.1 }), weight: 0.2 },
 *   { objective: chosenSft(), weight: 1 },
 * ]);
 * const { losses } = objective.evaluate(batch);
 * @see Wang et al. 2024, "Enhancing the Reasoning Ability of Multimodal Large Language Models via Mixed Preference Optimization",
 *   the mixed loss; TRL `loss_weights`
 */
export function weightedSum<B = PairBatch>(terms: readonly WeightedTerm<B>[]): Objective<B> {
  const requires = requirementsOf(terms);
  const labels = labelsOf(terms);
  return {
    specificationVersion: specificationVersion(requires),
    name: terms.map(({ objective }) => objective.name).join('-plus-'),
    requires,
    evaluate: (batch) =>
      tf.tidy(() => {
        let losses: Tensor1D | undefined;
        const metrics: Metrics = {};
        for (const [index, { objective, weight }] of terms.entries()) {
          const own = objective.evaluate(batch);
          const scaled = tf.mul<Tensor1D>(weight, own.losses);
          losses = losses ? tf.add<Tensor1D>(losses, scaled) : scaled;
          metrics[`${labels[index]}/loss`] = detach(own.losses);
          for (const [name, values] of Object.entries(own.metrics)) {
            metrics[index === 0 ? name : `${labels[index]}/${name}`] = values;
          }
        }
        return { losses: losses as Tensor1D, metrics };
      }),
  };
}

/** What any of the terms reads. */
function requirementsOf<B>(terms: readonly WeightedTerm<B>[]): Requirements {
  const [first] = terms;
  if (!first) {
    throw new ObjectivesError(
      'invalid-option',
      'weightedSum: expected at least one term, { objective, weight }, got none.',
    );
  }
  for (const { objective, weight } of terms) {
    checkObjective(objective, 'weightedSum');
    checkOption('weightedSum', 'weight', weight, (x) => x >= 0 && Number.isFinite(x), 'a finite number ≥ 0');
    if (objective.requires.feedback !== first.objective.requires.feedback) {
      throw new ObjectivesError(
        'invalid-option',
        `weightedSum: ${first.objective.name} learns from ${first.objective.requires.feedback}, ${objective.name} from ` +
          `${objective.requires.feedback}; all terms must learn from the same.`,
      );
    }
  }
  const any = (
    requirement: 'reference' | 'certainty' | 'wholeBatch' | 'tokens' | 'divergence' | 'behavior',
  ): boolean => terms.some(({ objective }) => objective.requires[requirement]);
  const columns = [...new Set(terms.flatMap(({ objective }) => objective.requires.columns ?? []))];
  return {
    feedback: first.objective.requires.feedback,
    reference: any('reference'),
    ...(any('certainty') && { certainty: true }),
    ...(any('wholeBatch') && { wholeBatch: true }),
    ...(any('tokens') && { tokens: true }),
    ...(any('divergence') && { divergence: true }),
    ...(any('behavior') && { behavior: true }),
    ...(columns.length > 0 && { columns }),
  };
}

/** The names of the terms; the second of a name has a number. */
function labelsOf<B>(terms: readonly WeightedTerm<B>[]): string[] {
  const names = terms.map(({ objective }) => objective.name);
  return names.map((name, index) => {
    const before = names.slice(0, index).filter((other) => other === name).length;
    return before === 0 ? name : `${name}-${before + 1}`;
  });
}
