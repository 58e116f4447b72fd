import * as tf from '@tensorflow/tfjs-core';

/** A parameter's Hugging Face name and shape, and what `transformers` fills it with at random initialization. */
export interface ParameterSpecification {
  readonly name: string;
  /** In memory: a linear layer's weight is [out, in]. */
  readonly shape: readonly number[];
  readonly fill: 'normal' | 'zeros' | 'ones';
  /** Whether checkpoints have the matrix the other way around, [in, out]; false by default. */
  readonly transposed?: boolean;
}

/** Tensors by parameter name: the parameters themselves, or their gradients. */
export type NamedTensors = ReadonlyMap<string, tf.Tensor>;

/** A parameter that the model cannot be without. */
export function parameter<T extends tf.Tensor>(parameters: NamedTensors, name: string): T {
  const value = parameters.get(name);
  if (value === undefined) throw new Error(`@ais/language-model: no parameter is called ${name}.`);
  return value as T;
}

/** Makes one variable a specification; `values` gives each its content, and its tensor is disposed. */
export function makeVariables(
  specifications: Iterable<ParameterSpecification>,
  values: (specification: ParameterSpecification) => tf.Tensor,
): Map<string, tf.Variable> {
  const variables = new Map<string, tf.Variable>();
  try {
    for (const specification of specifications) {
      const value = values(specification);
      variables.set(specification.name, tf.variable(value));
      value.dispose();
    }
  } catch (error) {
    for (const variable of variables.values()) variable.dispose();
    throw error;
  }
  return variables;
}
