import * as tf from '@tensorflow/tfjs-core';
import { LanguageModelError } from '../errors.js';
import type { Architecture, ConfigurationOptions, ModelConfiguration } from '../families/architecture.js';

/** What the suite of a family of models is given. */
export interface ArchitectureTestOptions<C extends ModelConfiguration> {
  /**
   * Small configurations, of some ten thousand parameters: between them, every field of the family with each of its kinds
   * of value. Give at least 32 tokens of vocabulary and 32 positions.
   */
  readonly configurations: readonly ConfigurationOptions<C>[];
  /** Folders that `fixtures/make-golden.py` of this package made: what `transformers` computes. */
  readonly golden?: readonly string[];
}

/** A configuration of a family that is tested. */
export interface Subject {
  readonly architecture: Architecture;
  readonly configuration: ModelConfiguration;
}

/** What a law says where it is broken. */
export class BrokenLaw extends LanguageModelError {
  override readonly name = 'BrokenLaw';

  constructor(message: string) {
    super('conformance', message);
  }
}

/** @throws {BrokenLaw} */
export function require(holds: boolean, message: string): void {
  if (!holds) throw new BrokenLaw(message);
}

/** @throws {BrokenLaw} where numbers differ by more than `tolerance` relative to the largest, or to 1 */
export function requireClose(
  what: string,
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  require(found.length === expected.length, `${what}: ${found.length} numbers, expected ${expected.length}.`);
  const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let index = 0; index < expected.length; index++) {
    const difference = Math.abs((found[index] as number) - (expected[index] as number));
    require(difference <=
      tolerance *
        Math.max(
          1,
          largest,
        ), `${what}: number ${index} is ${found[index]}, expected ${expected[index]} to ${tolerance}.`);
  }
}

/** The gradients of a scalar function by parameter, read from the back end. */
export async function gradientsOf(
  parameters: ReadonlyMap<string, tf.Variable>,
  loss: () => tf.Scalar,
): Promise<{ readonly value: number; readonly gradients: ReadonlyMap<string, Float32Array> }> {
  const { value, grads } = tf.variableGrads(() => tf.tidy(loss), [...parameters.values()]);
  try {
    const gradients = new Map<string, Float32Array>();
    for (const [name, variable] of parameters) {
      gradients.set(name, await (grads[variable.name] as tf.Tensor).data<'float32'>());
    }
    return { value: (await value.data())[0] as number, gradients };
  } finally {
    tf.dispose([value, grads]);
  }
}
