import type { Tensor1D } from '@tensorflow/tfjs-core';
import type { PairBatch, ReferenceFreePairBatch } from '../contract/batch.js';
import type { Objective, Requirements } from '../contract/objective.js';
import { specificationVersion } from '../contract/specification-version.js';
import { ObjectivesError } from '../errors.js';
import * as tf from '../numerics/operations.js';
import { adaptiveImportance, type ImportanceOptions } from './adaptive-importance.js';
import { weighBatch } from './importance-weights.js';

/**
 * Any pair objective with each pair's loss multiplied by its importance weight.
 *
 * ℓ′ = w·ℓ
 *
 * With `selfNormalized` or `meanWeightOnly` a weight depends on the whole batch, so the objective requires `wholeBatch`: trainers
 * evaluate it on whole batches only, because the mean of a micro-batch is not the mean of the batch.
 *
 * With `bounds` on tokens it requires `tokens`.
 *
 * Gotcha: the product stops growing at e^70, so that its gradient stays within float32; `weights/overflow` counts such pairs.
 *
 * @param objective the objective to weight; its metrics are kept, and those of the weights are added
 * @param options as for `adaptiveImportance`
 * @returns an objective named `ais-` plus the name of the given one; it reads a reference even if that one does not, because
 *   weights measure from it
 * @throws {ObjectivesError} `coupled-objective` if a loss does not belong to one pair (`aot`)
 * @example
 * const objective = importanceWeighted(rpo({ beta: 0.05 }), { smoothing: fixed(0.05) });
 * @see the source paper, section 3.1
 */
export function importanceWeighted<B extends ReferenceFreePairBatch>(
  objective: Objective<B>,
  options: ImportanceOptions = {},
): Objective<B & PairBatch> {
  requirePairs('importanceWeighted', objective);
  const importance = adaptiveImportance(options);
  const requires: Requirements = {
    ...objective.requires,
    reference: true,
    ...((importance.selfNormalized || importance.meanWeightOnly) && { wholeBatch: true }),
    ...(importance.bounds?.tokens && { tokens: true }),
  };
  return {
    specificationVersion: specificationVersion(requires),
    name: `ais-${objective.name}`,
    requires,
    evaluate: (batch) =>
      tf.tidy(() => {
        const { losses, metrics } = objective.evaluate(batch);
        const weighted = weighBatch(batch, importance, losses);
        return {
          losses: tf.mul(weighted.weights, losses) as Tensor1D,
          metrics: { ...metrics, ...weighted.metrics },
        };
      }),
  };
}

/** Throws unless each loss of an objective belongs to one pair. */
export function requirePairs(
  owner: string,
  { name, requires }: Pick<Objective<never>, 'name' | 'requires'>,
): void {
  if (requires.feedback === 'pairs' && !requires.wholeBatch) return;
  throw new ObjectivesError(
    'coupled-objective',
    `${owner}: the losses of ${name} do not belong to single preference pairs, so weights on pairs have no ` +
      'meaning; weight an objective over pairs whose rows are independent.',
  );
}
