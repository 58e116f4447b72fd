import * as tf from '@tensorflow/tfjs-core';
import { type Activation, type ActivationName, activations } from './activation.js';
import { adapterGradients } from './adapter.js';
import {
  applyLinear,
  type Gradients,
  type Linear,
  type LinearPlan,
  linearGradients,
  linearOf,
  type PreparedLinear,
  prepareLinear,
  separateGradients,
} from './linear.js';
import { tidy } from './memory.js';
import {
  foldNorm,
  type Norm,
  type NormalizedLinearGradient,
  type NormGradients,
  normalizedLinearGradient,
  scaleAndShift,
} from './norm.js';
import type { NamedTensors } from './parameters.js';

/** down(f(up x)), or with a gate down(f(gate x) ⊙ up x): SwiGLU with SiLU, GeGLU with GELU. */
export interface MlpPlan {
  readonly activation: ActivationName;
  readonly gate?: LinearPlan | undefined;
  readonly up: LinearPlan;
  readonly down: LinearPlan;
}

/** An MLP's layers ready to be applied, with the norm before it and the activation's factors in their weights. */
export type PreparedMlp = { gate?: PreparedLinear; up: PreparedLinear; down: PreparedLinear };

/** What an MLP's gradient needs of its forward pass, of n tokens: [n, intermediate] each. */
export type MlpMemory = {
  /** What the activation was applied to. */
  readonly activated: tf.Tensor2D;
  /** What the activation's result was multiplied with, where there is a gate. */
  readonly up?: tf.Tensor2D;
  /** The input of the last layer. */
  readonly hidden: tf.Tensor2D;
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
  norm: Norm,
  uses: 'once' | 'often',
): PreparedMlp {
  const factors = factorsOf(plan);
  const normalized = (layer: Linear, factor: number): PreparedLinear =>
    prepareLinear(foldNorm({ norm, ...layer }, factor), uses);
  const down = linearOf(parameters, plan.down);
  return {
    ...(plan.gate && { gate: normalized(linearOf(parameters, plan.gate), factors.gate) }),
    up: normalized(linearOf(parameters, plan.up), factors.up),
    down: prepareLinear({ ...down, weight: scaledDown(activations[plan.activation], down.weight) }, uses),
  };
}

/** Up to the input of the last layer. */
export function mlpMemory(x: tf.Tensor2D, plan: MlpPlan, prepared: PreparedMlp): MlpMemory {
  const { forward } = activations[plan.activation];
  const up = applyLinear(x, prepared.up);
  if (prepared.gate === undefined) return { activated: up, hidden: forward(up) };
  const gate = applyLinear(x, prepared.gate);
  return { activated: gate, up, hidden: tf.tidy(() => tf.mul(forward(gate), up)) };
}

/** The gradient through an MLP and the γ and β before it, into x̂, the normalized input. */
export function mlpBackward(
  gradient: tf.Tensor2D,
  x: tf.Tensor2D,
  memory: MlpMemory,
  plan: MlpPlan,
  parameters: NamedTensors,
  norm: Norm,
): NormGradients & { readonly input: tf.Tensor2D; readonly parameters: Gradients } {
  return tidy(() => {
    const activation = activations[plan.activation];
    const factors = factorsOf(plan);
    const ofHidden = (): tf.Tensor2D =>
      tf.matMul(gradient, scaledDown(activation, linearOf(parameters, plan.down).weight));
    let read: tf.Tensor2D | undefined;
    const readByLayers = (): tf.Tensor2D => {
      read ??= scaleAndShift(x, norm);
      return read;
    };
    const gradients: Gradients = {};
    const through = (ofOutput: tf.Tensor2D, linear: LinearPlan, factor: number): NormalizedLinearGradient => {
      const result = tidy(() =>
        normalizedLinearGradient(ofOutput, x, { norm, ...linearOf(parameters, linear) }, factor),
      );
      const ofAdapter = adapterGradients(ofOutput, readByLayers, [linear.weight], parameters, factor);
      Object.assign(gradients, separateGradients(result, [linear], parameters), ofAdapter);
      ofOutput.dispose();
      return result;
    };
    const { gate, up, down } = plan;
    const [ofUp, ofGate] = tf.tidy(() => {
      const ofProduct = ofHidden();
      if (memory.up === undefined) return [activation.backward(ofProduct, memory.activated)];
      return [
        tf.mul(ofProduct, activation.forward(memory.activated)),
        activation.backward(tf.mul(ofProduct, memory.up), memory.activated),
      ];
    }) as [tf.Tensor2D, tf.Tensor2D?];
    const throughUp = through(ofUp, up, factors.up);
    const throughGate = gate && ofGate && through(ofGate, gate, factors.gate);
    Object.assign(gradients, linearGradients(gradient, memory.hidden, down, parameters, activation.outOf));
    const { input, gain, shift } = throughUp;
    if (throughGate === undefined) return { input, gain, shift, parameters: gradients };
    return {
      input: tf.add(input, throughGate.input) as tf.Tensor2D,
      gain: gain && throughGate.gain && (tf.add(gain, throughGate.gain) as tf.Tensor1D),
      shift: shift && throughGate.shift && (tf.add(shift, throughGate.shift) as tf.Tensor1D),
      parameters: gradients,
    };
  });
}
