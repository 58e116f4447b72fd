import * as tf from '@tensorflow/tfjs-core';
import { LanguageModelError } from '../errors.js';

/** A parameter's Hugging Face name and shape, and what `transformers` fills it with at random initialization. */
export interface ParameterSpecification {
  readonly name: string;
  /** In memory: a linear layer's weight is [out, in]. */
  readonly shape: readonly number[];
  readonly fill: 'normal' | 'zeros' | 'ones';
  /** Whether checkpoints have the matrix the other way around, [in, out]; false by default. */
  readonly transposed?: boolean;
}

/** Tensors by parameter name, and what is added to some of them. */
export interface NamedTensors extends ReadonlyMap<string, tf.Tensor> {
  /** By the name of the matrix that each is added to; none by default. */
  readonly adapters?: ReadonlyMap<string, LowRank> | undefined;
}

/** scale·B·A with A [r, in] and B [out, r]: what is added to a matrix W₀ [out, in] that rests. */
export interface LowRank<Matrix extends tf.Tensor2D = tf.Tensor2D> {
  readonly down: Matrix;
  readonly up: Matrix;
  readonly scale: number;
}

/** What PEFT calls A and B of the matrix `….weight`. */
export function adapterNames(weight: string): { readonly down: string; readonly up: string } {
  const named = (part: 'A' | 'B'): string => weight.replace(/weight$/, `lora_${part}.weight`);
  return { down: named('A'), up: named('B') };
}

/** A model's own parameters. While it has adapters, they are what the adapters are added to. */
export class ModelParameters extends Map<string, tf.Variable> implements NamedTensors {
  adapters: ReadonlyMap<string, LowRank<tf.Variable<tf.Rank.R2>>> | undefined;

  /** Whether any of what a model computes with is freed. */
  get isDisposed(): boolean {
    const ofAdapters = [...(this.adapters?.values() ?? [])].flatMap(({ down, up }) => [down, up]);
    return [...this.values(), ...ofAdapters].some(({ isDisposed }) => isDisposed);
  }

  /** Frees them, and A and B of adapters. */
  dispose(): void {
    for (const variable of this.values()) variable.dispose();
    for (const { down, up } of this.adapters?.values() ?? []) tf.dispose([down, up]);
  }
}

/** @throws {LanguageModelError} `disposed` if any of what a model computes with is freed */
export function requireUsable(parameters: NamedTensors): void {
  if (parameters instanceof ModelParameters && parameters.isDisposed) {
    throw new LanguageModelError('disposed', 'this model was disposed of; load or create it again.');
  }
}

/** Whether a parameter's gradient is wanted: that of a variable that is not trainable is not. */
export function isTrained(parameters: NamedTensors, name: string): boolean {
  return (parameters.get(name) as Partial<tf.Variable> | undefined)?.trainable ?? false;
}

/** A parameter that the model cannot be without. */
export function parameter<T extends tf.Tensor>(parameters: NamedTensors, name: string): T {
  const value = parameters.get(name);
  if (value === undefined) throw new Error(`@ais/language-model: no parameter is called ${name}.`);
  return value as T;
}

/** The parameters whose gradients are wanted, those of adapters among them, by name. */
export function trainedParameters(parameters: NamedTensors): Map<string, tf.Tensor> {
  const trained = new Map([...parameters].filter(([name]) => isTrained(parameters, name)));
  for (const [weight, { down, up }] of parameters.adapters ?? []) {
    const names = adapterNames(weight);
    trained.set(names.down, down).set(names.up, up);
  }
  return trained;
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
