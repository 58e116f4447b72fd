import type { LinearPlan } from '../layers/linear.js';
import type { NormPlan } from '../layers/norm.js';
import type { ParameterSpecification } from '../layers/parameters.js';

/**
 * The parameters of a norm.
 *
 * @example
 * const [gain] = normSpecifications({ kind: 'rms', weight: 'norm.weight', epsilon: 1e-6 }, 16);
 * console.log(gain.shape, gain.fill); // [ 16 ] ones
 */
export function normSpecifications(
  { weight, bias, unitOffset }: NormPlan,
  size: number,
): ParameterSpecification[] {
  const gain: ParameterSpecification = { name: weight, shape: [size], fill: unitOffset ? 'zeros' : 'ones' };
  return bias === undefined ? [gain] : [gain, { name: bias, shape: [size], fill: 'zeros' }];
}

/**
 * The parameters of a linear layer.
 *
 * @param transposed whether checkpoints have the matrix as [from, to]
 * @example
 * const [matrix] = linearSpecifications(linearNamed('mlp.up', false), 16, 64);
 * console.log(matrix.shape); // [ 64, 16 ]
 */
export function linearSpecifications(
  { weight, bias }: LinearPlan,
  from: number,
  to: number,
  transposed = false,
): ParameterSpecification[] {
  const matrix: ParameterSpecification = { name: weight, shape: [to, from], fill: 'normal', transposed };
  return bias === undefined ? [matrix] : [matrix, { name: bias, shape: [to], fill: 'zeros' }];
}

/**
 * The names of a linear layer called `name`.
 *
 * @example
 * console.log(linearNamed('mlp.up', false)); // { weight: 'mlp.up.weight', bias: undefined }
 */
export function linearNamed(name: string, hasBias: boolean): LinearPlan {
  return { weight: `${name}.weight`, bias: hasBias ? `${name}.bias` : undefined };
}
