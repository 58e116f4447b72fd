import { hasNativeKernels, hasWasmKernels } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { TrainerError } from '../errors.js';
import {
  type AdamConstants,
  type AdamMoments,
  type MomentPrecision,
  plainAdamMoments,
} from './adam-moments.js';
import { bfloat16AdamMoments } from './bfloat16-adam-moments.js';
import { kernelAdamMoments } from './kernel-adam-moments.js';
import { hasNativeAdam, nativeAdamMoments } from './native-adam-moments.js';
import { wasmAdamMoments } from './wasm-adam-moments.js';
import { decaysBy } from './weight-decay.js';

/** Named variables, in a fixed order. */
export type Parameters = ReadonlyMap<string, tf.Variable>;

/** Named gradients; a parameter without one is left alone. */
export type Gradients = ReadonlyMap<string, tf.Tensor>;

/** What decides an update of AdamW besides the learning rate. */
export interface AdamWSettings {
  /** Decay of the gradient's average; 0.9 by default. */
  readonly beta1?: number;
  /** Decay of the squared gradient's average; 0.999 by default. */
  readonly beta2?: number;
  /** Added to the root of the squared gradient's average, after bias correction; 1e-8 by default. */
  readonly epsilon?: number;
  /** Decoupled decay, per unit of learning rate; 0 by default. */
  readonly weightDecay?: number;
  /**
   * Regular expressions, upper or lower case: parameters whose names match one do not decay. Biases and norms by default, as in
   * `transformers` and TRL; `[]` decays every parameter.
   */
  readonly decayExcept?: readonly string[];
  /**
   * How the moments are kept; `float32` by default. `bfloat16` takes 4 bytes per parameter instead of 8, and rounds at random, the same way
   * in every run. It needs this project's own operations, for native TensorFlow or WASM.
   */
  readonly moments?: MomentPrecision;
  /** Parameters above this many elements are updated in chunks of rows, which keeps temporaries small; 2²² by default. */
  readonly chunkElements?: number;
}

/** Everything that an optimizer remembers, on the host; numbers that are kept as bfloat16 are float32 here. */
export interface AdamWState {
  /** Updates done. */
  readonly updates: number;
  /** m, the average of each parameter's gradient, flat, by its name. */
  readonly gradientAverages: ReadonlyMap<string, Float32Array>;
  /** v, the average of the squared gradient. */
  readonly squareAverages: ReadonlyMap<string, Float32Array>;
}

/** The optimizer AdamW, with its moments. */
export interface AdamW {
  /**
   * Makes one update of every parameter that has a gradient.
   *
   * @param gradients by parameter name, each of its parameter's shape
   * @param options.learningRate the rate of this update
   * @param options.gradientScale multiplies every gradient first (clipping); 1 by default
   * @param options.consume whether to dispose of each gradient when it was used: the smallest go first, so that new values of the
   *   large parameters find room; false by default
   */
  update(
    gradients: Gradients,
    options: { readonly learningRate: number; readonly gradientScale?: number; readonly consume?: boolean },
  ): void;
  /** A copy of the state; one parameter is read at a time. */
  state(): Promise<AdamWState>;
  /** @throws {TrainerError} `checkpoint-mismatch` where a parameter is missing or has another size */
  restore(state: AdamWState): void;
  dispose(): void;
}

/**
 * AdamW with decoupled weight decay and bias correction, in float32; equal to `torch.optim.AdamW` up to rounding.
 *
 * ```text
 * m_t = β₁m_{t−1} + (1 − β₁)g      v_t = β₂v_{t−1} + (1 − β₂)g²
 * p_t = (1 − lr·decay)·p_{t−1} − lr · m_t/(1 − β₁^t) / (√(v_t/(1 − β₂^t)) + ε)
 * ```
 *
 * On native TensorFlow and on WASM an update is one fused operation per parameter; elsewhere plain operations do it.
 *
 * @param parameters by name; read and assigned at each update
 * @throws {TrainerError} `invalid-option` where a setting is out of range, or the back end has no moments of bfloat16
 * @example
 * const optimizer = createAdamW(model.parameters, { epsilon: 1e-5 });
 * optimizer.update(gradients, { learningRate: 1e-3 });
 * @see Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101, algorithm 2
 */
export function createAdamW(parameters: Parameters, settings: AdamWSettings = {}): AdamW {
  const {
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
    weightDecay = 0,
    moments: precision = 'float32',
  } = settings;
  const { chunkElements = 2 ** 22 } = settings;
  requireRange('beta1', beta1, 0 <= beta1 && beta1 < 1, 'in [0, 1)');
  requireRange('beta2', beta2, 0 <= beta2 && beta2 < 1, 'in [0, 1)');
  requireRange('epsilon', epsilon, epsilon > 0, 'above 0');
  requireRange('chunkElements', chunkElements, chunkElements >= 1, 'at least 1');
  requireRange('weightDecay', weightDecay, weightDecay >= 0, 'at least 0');

  const decays = decaysBy(settings.decayExcept);
  const moments = new Map(
    [...parameters].map(([name, variable]): [string, Moments] => {
      return [
        name,
        {
          variable,
          own: momentsOf(variable, precision, chunkElements),
          decay: decays(name) ? weightDecay : 0,
        },
      ];
    }),
  );
  let updates = 0;
  let disposed = false;

  return {
    update(gradients, { learningRate, gradientScale = 1, consume = false }) {
      if (disposed) throw new TrainerError('invalid-option', 'This optimizer was disposed of.');
      for (const [name, gradient] of gradients) {
        const variable = moments.get(name)?.variable;
        if (!variable)
          throw new TrainerError(
            'invalid-option',
            `There is a gradient for ${name}, which is not a parameter of this optimizer.`,
          );
        tf.util.assertShapesMatch(variable.shape, gradient.shape, `@ais/trainer: gradient of ${name}: `);
      }
      updates += 1;
      const squareCorrection = Math.sqrt(1 - beta2 ** updates);
      const constants: Omit<AdamConstants, 'keep'> = {
        updates,
        beta1,
        beta2,
        gradientScale,
        rate: (learningRate * squareCorrection) / (1 - beta1 ** updates),
        epsilon: epsilon * squareCorrection,
      };
      const smallestFirst = [...gradients].sort(([, a], [, b]) => a.size - b.size);
      for (const [name, gradient] of smallestFirst) {
        const { own, decay = 0 } = moments.get(name) ?? {};
        own?.update(gradient, { ...constants, keep: 1 - learningRate * decay });
        if (consume) gradient.dispose();
      }
    },
    async state() {
      const gradientAverages = new Map<string, Float32Array>();
      const squareAverages = new Map<string, Float32Array>();
      for (const [name, { own }] of moments) {
        const { gradientAverage, squareAverage } = await own.read();
        gradientAverages.set(name, gradientAverage);
        squareAverages.set(name, squareAverage);
      }
      return { updates, gradientAverages, squareAverages };
    },
    restore(state) {
      const stored = (
        values: ReadonlyMap<string, Float32Array>,
        name: string,
        size: number,
      ): Float32Array => {
        const found = values.get(name);
        if (found?.length === size) return found;
        throw new TrainerError(
          'checkpoint-mismatch',
          `The stored optimizer has ${found?.length ?? 'no'} elements for ${name}, which has ${size}. ` +
            'Resume with the model that the run was started with.',
        );
      };
      const found = [...moments].map(([name, { variable, own }]) => ({
        own,
        gradientAverage: stored(state.gradientAverages, name, variable.size),
        squareAverage: stored(state.squareAverages, name, variable.size),
      }));
      for (const { own, gradientAverage, squareAverage } of found) own.write(gradientAverage, squareAverage);
      updates = state.updates;
    },
    dispose() {
      for (const { own } of moments.values()) own.dispose();
      moments.clear();
      disposed = true;
    },
  };
}

function momentsOf(variable: tf.Variable, precision: MomentPrecision, chunkElements: number): AdamMoments {
  if (precision === 'bfloat16') return bfloat16AdamMoments(variable);
  if (hasNativeKernels()) return kernelAdamMoments(variable);
  if (hasNativeAdam()) return nativeAdamMoments(variable);
  return hasWasmKernels() ? wasmAdamMoments(variable) : plainAdamMoments(variable, chunkElements);
}

/** A parameter's moments and its decay. */
interface Moments {
  readonly variable: tf.Variable;
  readonly own: AdamMoments;
  readonly decay: number;
}

function requireRange(name: string, value: number, holds: boolean, range: string): void {
  if (!holds) throw new TrainerError('invalid-option', `${name} must be ${range}, not ${value}.`);
}
