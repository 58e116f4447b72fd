import * as tf from '@tensorflow/tfjs-core';
import {
  multiply,
  type PreparedMatrix,
  prepareMatrix,
  sumOfRows,
  transposedProduct,
} from '../kernels/matrix-products.js';
import { adapterGradients, effective } from './adapter.js';
import { tidy } from './memory.js';
import { isTrained, type NamedTensors, parameter } from './parameters.js';

/** The names of a linear layer's parameters. */
export interface LinearPlan {
  /** [out, in] */
  readonly weight: string;
  /** [out]; no bias by default. */
  readonly bias?: string | undefined;
}

/** A linear layer's weight [m, k] and bias [m]. */
export interface Linear {
  readonly weight: tf.Tensor2D;
  readonly bias?: tf.Tensor1D | undefined;
  /** Whether the gradient of one of them is wanted. */
  readonly trained: boolean;
}

/** Call it in a tidy: the weight is a new tensor where it has an adapter. */
export function linearOf(parameters: NamedTensors, { weight, bias }: LinearPlan): Linear {
  return {
    ...ownLinear(parameters, { weight, bias }),
    weight: effective<tf.Tensor2D>(parameters, weight),
  };
}

/** The layer without its adapter. */
export function ownLinear(parameters: NamedTensors, { weight, bias }: LinearPlan): Linear {
  return {
    weight: parameter<tf.Tensor2D>(parameters, weight),
    bias: bias === undefined ? undefined : parameter<tf.Tensor1D>(parameters, bias),
    trained: isTrained(parameters, weight) || (bias !== undefined && isTrained(parameters, bias)),
  };
}

/** Layers that read the same input, as one: their outputs one after another. */
export function joinLinears(layers: readonly Linear[]): Linear {
  const [only] = layers;
  if (only !== undefined && layers.length === 1) return only;
  const hasBias = layers.some(({ bias }) => bias !== undefined);
  return {
    weight: tf.concat(
      layers.map(({ weight }) => weight),
      0,
    ),
    bias: hasBias
      ? tf.concat(layers.map(({ weight, bias }) => bias ?? (tf.zeros([weight.shape[0]]) as tf.Tensor1D)))
      : undefined,
    trained: layers.some(({ trained }) => trained),
  };
}

/** A linear layer ready to be applied. */
export type PreparedLinear = { matrix: PreparedMatrix; bias?: tf.Tensor1D };

export function prepareLinear(
  { weight, bias }: Pick<Linear, 'weight' | 'bias'>,
  uses: 'once' | 'often',
): PreparedLinear {
  return { matrix: prepareMatrix(weight, uses), ...(bias && { bias: tf.clone(bias) }) };
}

export function applyLinear(x: tf.Tensor2D, { matrix, bias }: PreparedLinear): tf.Tensor2D {
  return multiply(x, matrix, bias);
}

/** Gradients of parameters by name. */
export type Gradients = Record<string, tf.Tensor>;

/**
 * The gradients of what is trained of a layer, its adapter's among them, from that of its output and its input.
 *
 * @param factor what the weight, and not the bias, is multiplied with
 */
export function linearGradients(
  gradient: tf.Tensor2D,
  x: tf.Tensor2D,
  { weight, bias }: LinearPlan,
  parameters: NamedTensors,
  factor = 1,
): Gradients {
  const gradients: Gradients = tidy(
    () => adapterGradients([{ weight, gradient, factor }], () => x, parameters).parameters,
  );
  if (isTrained(parameters, weight)) {
    gradients[weight] = tf.tidy(() => {
      const product = transposedProduct(gradient, x);
      return factor === 1 ? product : tf.mul(product, factor);
    });
  }
  if (bias !== undefined && isTrained(parameters, bias)) gradients[bias] = sumOfRows(gradient);
  return gradients;
}

/** The gradients of joined layers taken apart: `weight` is that of the joined matrix, `bias` of the joined bias. */
export function separateGradients(
  { weight, bias }: { readonly weight: tf.Tensor2D; readonly bias?: tf.Tensor1D | undefined },
  plans: readonly LinearPlan[],
  parameters: NamedTensors,
): Gradients {
  const gradients: Gradients = {};
  let from = 0;
  for (const plan of plans) {
    const rows = parameter<tf.Tensor2D>(parameters, plan.weight).shape[0];
    const isWhole = rows === weight.shape[0];
    gradients[plan.weight] = isWhole ? weight : tf.slice(weight, [from, 0], [rows, -1]);
    if (plan.bias !== undefined && bias !== undefined) {
      gradients[plan.bias] = isWhole ? bias : tf.slice(bias, [from], [rows]);
    }
    from += rows;
  }
  return gradients;
}
