import * as tf from '@tensorflow/tfjs-core';
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
  type NormalizedLayers,
  normalizedGradient,
  normalizedInput,
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

/** What an MLP's gradient needs of its forward pass, of n tokens: [n, intermediate] each. */
export type MlpMemory = {
  /** What the activation was applied to. */
  readonly activated: tf.Tensor2D;
  /** What the activation's result was multiplied with, where there is a gate: the product is cheap to make again. */
  readonly up?: tf.Tensor2D;
  /** The activation's result, where there is none. */
  readonly hidden?: tf.Tensor2D;
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

/** From x̂, the normalized input, to the input of the last layer. */
export function mlpForward(
  values: tf.Tensor2D,
  plan: MlpPlan,
  prepared: PreparedMlp,
): { readonly hidden: tf.Tensor2D; readonly memory: MlpMemory } {
  const x = normalizedInput(values, prepared.gain);
  const up = applyLinear(x, prepared.up);
  if (prepared.gate === undefined) {
    const hidden = activations[plan.activation].forward(up);
    return { hidden, memory: { activated: up, hidden } };
  }
  const gate = applyLinear(x, prepared.gate);
  return { hidden: gated(gate, up, plan.activation), memory: { activated: gate, up } };
}

/** The gradient through an MLP and the norm before it, into x̂, the normalized input. */
export function mlpBackward(
  gradient: tf.Tensor2D,
  values: tf.Tensor2D,
  memory: MlpMemory,
  plan: MlpPlan,
  parameters: NamedTensors,
  norm: NormPlan,
): { readonly input: tf.Tensor2D; readonly parameters: Gradients } {
  return tidy(() => {
    const activation = activations[plan.activation];
    const factors = factorsOf(plan);
    const { gate, up, down } = plan;
    const { activated } = memory;
    const ofHidden = (): tf.Tensor2D =>
      tf.matMul(gradient, scaledDown(activation, linearOf(parameters, down).weight));
    const ofDown = (hidden: tf.Tensor2D): Gradients =>
      linearGradients(gradient, hidden, down, parameters, activation.outOf);
    const through = (layers: readonly NormalizedLayers[]): ReturnType<typeof normalizedGradient> =>
      normalizedGradient(layers, values, norm, parameters);

    if (gate === undefined || memory.up === undefined) {
      const ofUp = tf.tidy(() => activation.backward(ofHidden(), activated));
      const { input, parameters: gradients } = through([{ plans: [up], gradient: ofUp, factor: factors.up }]);
      ofUp.dispose();
      return { input, parameters: { ...gradients, ...ofDown(memory.hidden as tf.Tensor2D) } };
    }
    const back = tidy(() => gatedGradient(ofHidden(), activated, memory.up as tf.Tensor2D, plan.activation));
    const ofLast = ofDown(back.output);
    back.output.dispose();
    const below = through([
      { plans: [up], gradient: back.up, factor: factors.up },
      { plans: [gate], gradient: back.gate, factor: factors.gate },
    ]);
    return { input: below.input, parameters: { ...below.parameters, ...ofLast } };
  });
}
