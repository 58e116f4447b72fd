import type { LinearPlan } from '../layers/linear.js';
import type { NormPlan } from '../layers/norm.js';
import type { ParameterSpecification } from '../layers/parameters.js';

/** The parameters of a norm. */
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

/** The names of a linear layer called `name`. */
export function linearNamed(name: string, hasBias: boolean): LinearPlan {
  return { weight: `${name}.weight`, bias: hasBias ? `${name}.bias` : undefined };
}
