import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import type { Objective, PairBatch } from '../src/index.js';

/** A reference and a trained policy over the same few responses, as logits. */
export interface Policies {
  readonly reference: readonly number[];
  readonly policy: readonly number[];
}

/** Policies over 2 to 5 responses, with probability ratios of up to about e^8. */
export const policies: fc.Arbitrary<Policies> = fc.integer({ min: 2, max: 5 }).chain((count) => {
  const logits = fc.array(
    fc.integer({ min: -32, max: 32 }).map((n) => n / 16),
    { minLength: count, maxLength: count },
  );
  return fc.record({ reference: logits, policy: logits });
});

export const alphas: fc.Arbitrary<number> = fc.integer({ min: 0, max: 16 }).map((n) => n / 16);

/** β from 1/64 to 2, in steps of its logarithm. */
export const betas: fc.Arbitrary<number> = fc.integer({ min: -24, max: 4 }).map((n) => 2 ** (n / 4));

export function probabilities(logits: readonly number[]): number[] {
  const exponentials = logits.map(Math.exp);
  const total = sum(exponentials);
  return exponentials.map((x) => x / total);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Σ p·x. */
export function mean(weights: readonly number[], values: readonly number[]): number {
  return sum(values.map((value, index) => value * (weights[index] as number)));
}

export function variance(weights: readonly number[], values: readonly number[]): number {
  const center = mean(weights, values);
  return mean(
    weights,
    values.map((value) => (value - center) ** 2),
  );
}

/** Every ordered pair of responses. */
export function allPairs(count: number): [number, number][] {
  const responses = [...Array(count).keys()];
  return responses.flatMap((chosen) => responses.map((rejected): [number, number] => [chosen, rejected]));
}

/** The probability of each ordered pair where both responses are drawn from one distribution. */
export function pairProbabilities(distribution: readonly number[]): number[] {
  return allPairs(distribution.length).map(
    ([w, l]) => (distribution[w] as number) * (distribution[l] as number),
  );
}

/** All pairs as a batch, a function of the policy's logits that gradients flow through. */
export function enumerate({ reference, policy }: Policies, logits?: tf.Tensor): PairBatch {
  const rows = allPairs(policy.length);
  const logPolicy = tf.logSoftmax(logits ?? tf.tensor1d([...policy]));
  const logReference = tf.logSoftmax(tf.tensor1d([...reference]));
  // A one-hot product instead of a gather: its gradient exists on every back end.
  const select = (values: tf.Tensor, indices: number[]): tf.Tensor1D =>
    tf.reshape(
      tf.matMul(
        tf.cast(tf.oneHot(tf.tensor1d(indices, 'int32'), policy.length), 'float32'),
        tf.reshape(values, [-1, 1]),
      ),
      [rows.length],
    );
  const chosen = rows.map(([w]) => w);
  const rejected = rows.map(([, l]) => l);
  return {
    policyChosen: select(logPolicy, chosen),
    policyRejected: select(logPolicy, rejected),
    referenceChosen: select(logReference, chosen),
    referenceRejected: select(logReference, rejected),
    chosenLength: tf.ones([rows.length]),
    rejectedLength: tf.ones([rows.length]),
  };
}

/** Σ over pairs of p·ℓ, with p held constant, and its gradient with respect to the policy's logits. */
export function expectedLoss(
  objective: Objective,
  policies: Policies,
  distribution: readonly number[],
): { value: number; gradient: number[] } {
  return gradientOf(policies, (logits) => {
    const { losses } = objective.evaluate(enumerate(policies, logits));
    return tf.sum(tf.mul(losses, tf.tensor1d(pairProbabilities(distribution))));
  });
}

/** Value and gradient of a function of the policy's logits. */
export function gradientOf(
  { policy }: Policies,
  compute: (logits: tf.Tensor) => tf.Tensor,
): { value: number; gradient: number[] } {
  const logits = tf.tensor1d([...policy]);
  const { value, grad } = tf.valueAndGrad((given: tf.Tensor) => compute(given))(logits);
  const result = { value: value.dataSync()[0] as number, gradient: [...grad.dataSync()] };
  tf.dispose([logits, value, grad]);
  return result;
}

/** ∇KL(π_θ‖π_ref) with respect to the policy's logits: p_k·(r_k − KL). */
export function klGradient({ reference, policy }: Policies): number[] {
  const [p, q] = [probabilities(policy), probabilities(reference)];
  const ratios = p.map((value, index) => Math.log(value / (q[index] as number)));
  const divergence = mean(p, ratios);
  return p.map((value, index) => value * ((ratios[index] as number) - divergence));
}
