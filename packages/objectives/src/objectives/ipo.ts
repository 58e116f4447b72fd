import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkChoice, checkFlag } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { pairObjective } from '../pairs/pair-objective.js';

/** Options of `ipo`. */
export interface IpoOptions {
  /** β, above 0; τ in Azar et al. */
  readonly beta: number;
  /** `'standard'`: (ρ − 1/(2β))², the usual form; `'paper'`: (βρ − 1)², as the source paper prints it. */
  readonly form?: 'standard' | 'paper';
  /** Whether log-ratios are averaged over each response's tokens instead of summed, as TRL does; false by default. */
  readonly lengthNormalized?: boolean;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Identity preference optimization: the margin is regressed onto a constant.
 *
 * standard: ℓ = (ρ − 1/(2β))²; paper: ℓ = (βρ − 1)²
 *
 * With length normalization, ρ is r(y_w)/|y_w| − r(y_l)/|y_l|.
 *
 * When to use: when margins must not grow without bound; the loss is lowest at a finite margin.
 *
 * Gotcha: the two forms are not rescalings of each other: their minima are at ρ = 1/(2β) and ρ = 1/β.
 * The rewards among the metrics are β·r of summed log-probabilities in every form.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0, and the form one of the two
 * @example
 * const { losses } = ipo({ beta: 0.1 }).evaluate(batch);
 * @see Azar et al. 2023, "A General Theoretical Paradigm to Understand Learning from Human Preferences",
 *   equation 17; TRL `ipo` is the length-normalized form
 */
export function ipo(options: IpoOptions): Objective {
  const { beta, form = 'standard', lengthNormalized = false, importance } = options;
  checkChoice('ipo', 'form', form, ['standard', 'paper']);
  checkFlag('ipo', 'lengthNormalized', lengthNormalized);
  return pairObjective({
    name: 'ipo',
    beta,
    importance,
    losses: ({ chosen, rejected }, { chosenLength, rejectedLength }) => {
      const rho = lengthNormalized
        ? tf.sub<Tensor1D>(tf.div(chosen, chosenLength), tf.div(rejected, rejectedLength))
        : tf.sub<Tensor1D>(chosen, rejected);
      return tf.square(
        form === 'paper' ? tf.sub<Tensor1D>(tf.mul(beta, rho), 1) : tf.sub<Tensor1D>(rho, 1 / (2 * beta)),
      );
    },
  });
}
