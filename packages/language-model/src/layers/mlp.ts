import * as tf from '@tensorflow/tfjs-core';
import { product } from '../kernels/matrix-products.js';
import { type Activation, type ActivationName, activations } from './activation.js';
import { gated, gatedGradient } from './gate.js';
import {
  applyLinear,
  type Gradients,
  type LinearPlan,
  linearGradients,
  linearOf,
  type PreparedLinear,
  prepareLinear,
} from './linear.js';
import { tidy } from './memory.js';
import type { NormPlan } from './norm.js';
import {
  type NormalizedGradient,
  type NormalizedLayers,
  normalizedGradient,
  preparedGain,
  prepareNormalized,
} from './normalized-linears.js';
import type { NamedTensors } from './parameters.js';

/** down(f(up x)), or with a gate down(f(gate x) ⊙ up x): SwiGLU with SiLU, GeGLU with GELU. */
export interface MlpPlan {
  readonly activation: ActivationName;
  readonly gate?: LinearPlan | undefined;
  readonly up: LinearPlan;
  readonly down: LinearPlan;
}

/** An MLP's layers ready to be applied, with the activation's factors in their weights. */
export type PreparedMlp = {
  /** γ of the norm before it, where it is not in the weights. */
  gain?: tf.Tensor1D;
  gate?: PreparedLinear;
  up: PreparedLinear;
  down: PreparedLinear;
};

/** What an MLP's gradient needs of its forward pass, of n tokens: [n, intermediate] each. What the last layer read is cheap to make again. */
export type MlpMemory = {
  /** What the activation was applied to. */
  readonly activated: tf.Tensor2D;
  /** What the activation's result was multiplied with, where there is a gate. */
  readonly up?: tf.Tensor2D;
};

/** Of the layer whose output is activated, and of the others before the last. */
const factorsOf = ({ gate, activation }: MlpPlan): { gate: number; up: number } => {
  const { into } = activations[activation];
  return { gate: into, up: gate === undefined ? into : 1 };
};

/** The last layer's weight with the activation's factor. */
function scaledDown({ outOf }: Activation, weight: tf.Tensor2D): tf.Tensor2D {
  return outOf === 1 ? weight : tf.mul(weight, outOf);
}

export function prepareMlp(
  plan: MlpPlan,
  parameters: NamedTensors,
  norm: NormPlan,
  uses: 'once' | 'often',
): PreparedMlp {
  const factors = factorsOf(plan);
  const normalized = (layer: LinearPlan, factor: number): PreparedLinear =>
    prepareNormalized([layer], norm, parameters, uses, factor);
  const gain = preparedGain(norm, parameters, uses);
  const down = linearOf(parameters, plan.down);
  return {
    ...(gain && { gain }),
    ...(plan.gate && { gate: normalized(plan.gate, factors.gate) }),
    up: normalized(plan.up, factors.up),
    down: prepareLinear({ ...down, weight: scaledDown(activations[plan.activation], down.weight) }, uses),
  };
}

/** From what the first layers read to the input of the last one. */
export function mlpForward(
  x: tf.Tensor2D,
  plan: MlpPlan,
  prepared: PreparedMlp,
): { readonly hidden: tf.Tensor2D; readonly memory: MlpMemory } {
  const up = applyLinear(x, prepared.up);
  if (prepared.gate === undefined) {
    const hidden = activations[plan.activation].forward(up);
    return { hidden, memory: { activated: up } };
  }
  const gate = applyLinear(x, prepared.gate);
  return { hidden: gated(gate, up, plan.activation), memory: { activated: gate, up } };
}

/** The gradient through an MLP, into what its first layers read: see `normalizedGradient`. */
export function mlpBackward(
  gradient: tf.Tensor2D,
  values: tf.Tensor2D,
  memory: MlpMemory,
  plan: MlpPlan,
  parameters: NamedTensors,
  norm: NormPlan,
  gainApart: boolean,
): NormalizedGradient {
  return tidy(() => {
    const activation = activations[plan.activation];
    const factors = factorsOf(plan);
    const { gate, up, down } = plan;
    const { activated } = memory;
    const ofHidden = (): tf.Tensor2D =>
      product(gradient, scaledDown(activation, linearOf(parameters, down).weight));
    const ofDown = (hidden: tf.Tensor2D): Gradients =>
      linearGradients(gradient, hidden, down, parameters, activation.outOf);
    const through = (layers: readonly NormalizedLayers[]): NormalizedGradient =>
      normalizedGradient(layers, values, norm, parameters, gainApart);

    if (gate === undefined || memory.up === undefined) {
      const hidden = activation.forward(activated);
      const ofLast = ofDown(hidden);
      hidden.dispose();
      const ofUp = tf.tidy(() => activation.backward(ofHidden(), activated));
      const below = through([{ plans: [up], gradient: ofUp, factor: factors.up }]);
      ofUp.dispose();
      return { ...below, parameters: { ...below.parameters, ...ofLast } };
    }
    const back = tidy(() => gatedGradient(ofHidden(), activated, memory.up as tf.Tensor2D, plan.activation));
    const ofLast = ofDown(back.output);
    back.output.dispose();
    const below = through([
      { plans: [up], gradient: back.up, factor: factors.up },
      { plans: [gate], gradient: back.gate, factor: factors.gate },
    ]);
    return { ...below, parameters: { ...below.parameters, ...ofLast } };
  });
}
