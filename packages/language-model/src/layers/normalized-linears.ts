import * as tf from '@tensorflow/tfjs-core';
import { product, sumOfRows, transposedProduct } from '../kernels/matrix-products.js';
import { adapterGradients } from './adapter.js';
import {
  type Gradients,
  joinLinears,
  type Linear,
  type LinearPlan,
  linearOf,
  ownLinear,
  type PreparedLinear,
  prepareLinear,
  separateGradients,
} from './linear.js';
import { tidy } from './memory.js';
import { type Norm, type NormPlan, normOf, scaleAndShift } from './norm.js';
import { isTrained, type NamedTensors, parameter } from './parameters.js';
import { hasFusedNorms, type ReadGradient, sumOfParts } from './residual-norm.js';

/**
 * Linear layers that read the output of one norm: what they compute of the normalized input x̂, before γ and β.
 *
 * With LayerNorm γ and β go into the weights, so that layers read x̂ itself. RMSNorm's γ multiplies x̂ in training: a pass over
 * [tokens, width] costs less than one over [out, width] for each layer, in either direction, and LoRA's gradients read γ ⊙ x̂ too.
 * In generation it is in the weights as well, but for back ends whose norms multiply with γ in passing: there the weights stay as
 * they are stored.
 */
const foldsNorm = ({ kind, bias }: NormPlan, uses: 'once' | 'often' = 'once'): boolean =>
  kind === 'layer' || bias !== undefined || (uses === 'often' && !hasFusedNorms());

/** γ, where it is not in the weights of the layers that read the norm's output. */
export function preparedGain(
  norm: NormPlan,
  parameters: NamedTensors,
  uses: 'once' | 'often',
): tf.Tensor1D | undefined {
  return foldsNorm(norm, uses) ? undefined : tf.clone(normOf(parameters, norm).gain);
}

/** Layers as one, ready to be applied to `normalizedInput`; `factor` multiplies their output. */
export function prepareNormalized(
  plans: readonly LinearPlan[],
  norm: NormPlan,
  parameters: NamedTensors,
  uses: 'once' | 'often',
  factor = 1,
): PreparedLinear {
  const joined = joinLinears(plans.map((plan) => linearOf(parameters, plan)));
  const gain = foldsNorm(norm, uses) ? normOf(parameters, norm) : undefined;
  return prepareLinear(gain ? foldNorm(gain, joined, factor) : scaled(joined, factor), uses);
}

/**
 * The layer as a plain linear one of x̂: s·(W(γ ⊙ x̂ + β) + c) = W'x̂ + c' with W' = s·W·diag γ and c' = s·(W·β + c).
 */
function foldNorm(
  { gain, shift }: Pick<Norm, 'gain' | 'shift'>,
  { weight, bias }: Pick<Linear, 'weight' | 'bias'>,
  factor: number,
): Pick<Linear, 'weight' | 'bias'> {
  const scale = multiplyBy(factor);
  const shifted = shift && (tf.reshape(tf.matMul(weight, tf.reshape(shift, [-1, 1])), [-1]) as tf.Tensor1D);
  const offset = shifted && bias ? (tf.add(shifted, bias) as tf.Tensor1D) : (shifted ?? bias);
  return { weight: tf.mul(weight, scale(gain)), bias: offset && scale(offset) };
}

function scaled({ weight, bias }: Linear, factor: number): Pick<Linear, 'weight' | 'bias'> {
  const scale = multiplyBy(factor);
  return { weight: scale(weight), bias: bias && scale(bias) };
}

function multiplyBy(factor: number): <T extends tf.Tensor>(value: T) => T {
  return (value) => (factor === 1 ? value : tf.mul(value, factor));
}

/** Some of the layers after a norm, as one, with the gradient of their outputs. */
export interface NormalizedLayers {
  readonly plans: readonly LinearPlan[];
  /** [n, out] */
  readonly gradient: tf.Tensor2D;
  /** What their output was multiplied with. */
  readonly factor: number;
}

/** The gradient of what layers read, and those of their parameters. */
export interface NormalizedGradient extends ReadGradient {
  readonly parameters: Gradients;
}

/**
 * The gradient through layers that read one norm, into what they read, and those of their parameters and the norm's.
 *
 * @param values x̂, [n, width]
 * @param gainApart whether RMSNorm's γ, and its gradient, are left to the norm's kernel: then the result may have a `gain`
 */
export function normalizedGradient(
  layers: readonly NormalizedLayers[],
  values: tf.Tensor2D,
  norm: NormPlan,
  parameters: NamedTensors,
  gainApart: boolean,
): NormalizedGradient {
  return tidy(() => {
    if (foldsNorm(norm)) return throughFolded(layers, values, norm, parameters);
    const through = hasFusedNorms() ? throughJoined : throughScaled;
    const { ofRead, gradients } = through(layers, values, norm, parameters);
    const { gain } = normOf(parameters, norm);
    if (gainApart) return { parts: ofRead, gain: tf.clone(gain), parameters: gradients };
    const sum = sumOfParts(ofRead);
    if (isTrained(parameters, norm.weight)) {
      gradients[norm.weight] = sumOfRows(tf.mul(sum, values) as tf.Tensor2D);
    }
    return { parts: [tf.mul(sum, gain)], parameters: gradients };
  });
}

/**
 * Through s·(W(γ ⊙ x̂ + β) + c). With D = ∂L/∂output [n, m], G = s·Dᵀx̂ [m, d] and e = s·Dᵀ1 [m]:
 * ∂x̂ = D·(s·W·diag γ), ∂W = G·diag γ + e·βᵀ, ∂γ = Σ over rows of W ⊙ G, ∂β = Wᵀe, ∂c = e.
 */
function throughFolded(
  layers: readonly NormalizedLayers[],
  values: tf.Tensor2D,
  plan: NormPlan,
  parameters: NamedTensors,
): NormalizedGradient {
  const norm = normOf(parameters, plan);
  const { gain, shift } = norm;
  const gradients: Gradients = {};
  const addTo = (name: string | undefined, value: tf.Tensor): void => {
    if (name === undefined) return;
    const before = gradients[name];
    gradients[name] = before ? tf.add(before, value) : value;
  };
  const read = lazily(() => scaleAndShift(values, norm));
  const parts = layers.map(({ plans, gradient, factor }) => {
    const { weight, bias, trained } = joinLinears(plans.map((linear) => linearOf(parameters, linear)));
    const scale = multiplyBy(factor);
    if (norm.trained || trained) {
      const product = scale(transposedProduct(gradient, values));
      const sums = shift || bias ? scale(sumOfRows(gradient)) : undefined;
      const ofGain = tf.mul(product, gain) as tf.Tensor2D;
      addTo(plan.weight, sumOfRows(tf.mul(weight, product) as tf.Tensor2D));
      if (shift && sums) addTo(plan.bias, tf.reshape(tf.matMul(tf.reshape(sums, [1, -1]), weight), [-1]));
      const ofWeight =
        shift && sums
          ? (tf.add(ofGain, tf.mul(tf.reshape(sums, [-1, 1]), tf.reshape(shift, [1, -1]))) as tf.Tensor2D)
          : ofGain;
      Object.assign(
        gradients,
        separateGradients({ weight: ofWeight, bias: bias && sums }, plans, parameters),
      );
    }
    const adapted = partsOf({ gradient, plans, factor }, parameters);
    Object.assign(gradients, adapterGradients(adapted, read, parameters).parameters);
    return product(gradient, tf.mul(weight, scale(gain)) as tf.Tensor2D);
  });
  return { parts: hasFusedNorms() ? parts : [sumOfParts(parts)], parameters: gradients };
}

/** What comes of layers that read y = γ ⊙ x̂: the parts of ∂y, and the gradients of the layers' parameters. */
interface ThroughScaled {
  readonly ofRead: readonly tf.Tensor2D[];
  readonly gradients: Gradients;
}

/**
 * Through s·(W·y + c) with y = γ ⊙ x̂: ∂y = s·D·W, ∂W = s·Dᵀy, ∂c = s·Dᵀ1, ∂γ = Σ over tokens of ∂y ⊙ x̂, and ∂x̂ = γ ⊙ ∂y.
 * An adapter's part of ∂y goes through its low rank, so that W + B·A is not made again.
 */
function throughScaled(
  layers: readonly NormalizedLayers[],
  values: tf.Tensor2D,
  plan: NormPlan,
  parameters: NamedTensors,
): ThroughScaled {
  const norm = normOf(parameters, plan);
  const read = lazily(() => scaleAndShift(values, norm));
  const parts = layers.flatMap((joined) => partsOf(joined, parameters));
  const adapted = adapterGradients(parts, read, parameters);
  const gradients: Gradients = adapted.parameters;
  const inputs = parts.map(({ weight, bias, gradient, factor }) => {
    const scale = multiplyBy(factor);
    if (isTrained(parameters, weight)) gradients[weight] = scale(transposedProduct(gradient, read()));
    if (bias !== undefined && isTrained(parameters, bias)) gradients[bias] = scale(sumOfRows(gradient));
    return product(gradient, scale(parameter<tf.Tensor2D>(parameters, weight)));
  });
  return { ofRead: adapted.input ? [...inputs, adapted.input()] : inputs, gradients };
}

/** `throughScaled` with layers whose outputs are side by side as one product, and their gradients cut from another one. */
function throughJoined(
  layers: readonly NormalizedLayers[],
  values: tf.Tensor2D,
  plan: NormPlan,
  parameters: NamedTensors,
): ThroughScaled {
  const norm = normOf(parameters, plan);
  const read = lazily(() => scaleAndShift(values, norm));
  const parts = parameters.adapters ? layers.flatMap((joined) => partsOf(joined, parameters)) : [];
  const adapted = adapterGradients(parts, read, parameters);
  const gradients: Gradients = adapted.parameters;
  const inputs = layers.map(({ plans, gradient, factor }) => {
    const scale = multiplyBy(factor);
    // Without adapters, whose part comes from `adapted`.
    const { weight, bias, trained } = joinLinears(plans.map((linear) => ownLinear(parameters, linear)));
    if (trained) {
      const ofWeight = scale(transposedProduct(gradient, read()));
      const ofBias = bias && scale(sumOfRows(gradient));
      Object.assign(gradients, separateGradients({ weight: ofWeight, bias: ofBias }, plans, parameters));
    }
    return product(gradient, scale(weight));
  });
  return { ofRead: adapted.input ? [...inputs, adapted.input()] : inputs, gradients };
}

/** A layer, the gradient of its output, and the factor of that. */
type LayerPart = LinearPlan & Pick<NormalizedLayers, 'gradient' | 'factor'>;

/** The gradient of joined layers' output taken apart: one part per layer. */
function partsOf({ gradient, plans, factor }: NormalizedLayers, parameters: NamedTensors): LayerPart[] {
  if (plans.length === 1) return plans.map((plan) => ({ ...plan, gradient, factor }));
  const rows = plans.map(({ weight }) => parameter<tf.Tensor2D>(parameters, weight).shape[0]);
  const parts = tf.split(gradient, rows, 1) as tf.Tensor2D[];
  return plans.map((plan, index) => ({ ...plan, gradient: parts[index] as tf.Tensor2D, factor }));
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
