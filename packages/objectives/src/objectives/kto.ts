import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkBatch, type UnpairedBatch } from '../contract/batch.js';
import { checkBeta, checkOption } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import { detach } from '../numerics/detach.js';
import { sigmoid } from '../numerics/sigmoid.js';

/** Options of `kto`. */
export interface KtoOptions {
  /** β, above 0. */
  readonly beta: number;
  /** λ_D, what a desirable response counts for, at least 0; 1 by default. */
  readonly desirableWeight?: number;
  /** λ_U, what an undesirable one counts for, at least 0; 1 by default. */
  readonly undesirableWeight?: number;
}

/**
 * KTO: single responses, each labeled desirable or undesirable, without pairs.
 *
 * desirable: ℓ = λ_D·(1 − σ(β(r − z))); undesirable: ℓ = λ_U·(1 − σ(β(z − r)))
 *
 * z = max(0, mean of r over mismatched prompts and responses), held constant: the batch's estimate of KL(π_θ‖π_ref). The trainer
 * computes it over the whole batch of an update, without a gradient, and gives it as `divergence`.
 *
 * When to use: when people rate single responses as good or bad, as with thumbs up and down, and no two responses were compared.
 *
 * Gotcha: if one label is rarer, balance them with the weights: the paper keeps λ_D·n_D : λ_U·n_U between 1 : 1 and 4 : 3.
 *
 * Gotcha: TRL and HALOs take z from a micro-batch, and HALOs leaves mismatched responses out whose log-ratio is exactly 0, as all are
 * before the first update, which changes nothing. With one micro-batch per update, TRL's numbers are those given here.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0 and the weights at least 0; `evaluate` throws `invalid-batch`
 * @example
 * const { losses } = kto({ beta: 0.1 }).evaluate({ policy, reference, length, label, divergence });
 * @see Ethayarajh et al. 2024, "KTO: Model Alignment as Prospect Theoretic Optimization", equation 8; TRL `KTOTrainer`
 */
export function kto(options: KtoOptions): Objective<UnpairedBatch> {
  const { beta, desirableWeight = 1, undesirableWeight = 1 } = options;
  checkBeta('kto', beta);
  for (const [name, weight] of Object.entries({ desirableWeight, undesirableWeight })) {
    checkOption('kto', name, weight, (x) => x >= 0 && Number.isFinite(x), 'a finite number ≥ 0');
  }
  return {
    specificationVersion: 'v2',
    name: 'kto',
    requires: { feedback: 'unpaired', reference: true, divergence: true },
    evaluate: (batch) => {
      checkBatch('kto', batch, ['policy', 'reference', 'length', 'label', 'divergence']);
      return tf.tidy(() => {
        const label = detach(batch.label);
        const divergence = detach(batch.divergence as Tensor1D);
        const ratios = tf.sub<Tensor1D>(batch.policy, detach(batch.reference));
        // 1 − σ(x) is σ(−x); the sign is that of the label.
        const sign = tf.sub<Tensor1D>(1, tf.mul(2, label));
        const distance = tf.mul<Tensor1D>(sign, tf.mul(beta, tf.sub(ratios, divergence)));
        const weight = tf.add(tf.mul(desirableWeight, label), tf.mul(undesirableWeight, tf.sub(1, label)));
        return {
          losses: tf.mul<Tensor1D>(weight, sigmoid(distance)),
          metrics: {
            rewards: tf.mul<Tensor1D>(beta, detach(ratios)),
            desirable: tf.clone(label),
            kl: divergence,
            'logps/samples': detach(batch.policy),
          },
        };
      });
    },
  };
}
