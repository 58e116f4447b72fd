import { runWasmKernel } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import type { AdamConstants, AdamMoments } from './adam-moments.js';

/**
 * Moments that a kernel moves on, in place, together with the parameter: one pass over memory, split among threads, where plain operations make a
 * dozen. It rounds as they do: the digits are the same.
 */
export function wasmAdamMoments(variable: tf.Variable): AdamMoments {
  const zeros = (): tf.Tensor => tf.keep(tf.zeros(variable.shape));
  let gradientAverage = zeros();
  let squareAverage = zeros();

  return {
    update(gradient, constants) {
      updateByWasmKernel(
        'adam',
        variable,
        [gradient, gradientAverage, squareAverage],
        wasmConstants(constants),
      );
    },
    async read() {
      const [gradients, squares] = await Promise.all([
        gradientAverage.data<'float32'>(),
        squareAverage.data<'float32'>(),
      ]);
      return { gradientAverage: gradients, squareAverage: squares };
    },
    write(gradients, squares) {
      tf.dispose([gradientAverage, squareAverage]);
      const filled = (values: Float32Array): tf.Tensor =>
        tf.keep(tf.tensor(values.slice(), variable.shape, 'float32'));
      gradientAverage = filled(gradients);
      squareAverage = filled(squares);
    },
    dispose() {
      tf.dispose([gradientAverage, squareAverage]);
    },
  };
}

/** Numbers that a thread takes at least. */
const NUMBERS = 1024;

/** Moves a parameter on, with its moments in place. */
export function updateByWasmKernel(
  name: 'adam' | 'adamInHalves',
  variable: tf.Variable,
  gradientAndMoments: readonly tf.Tensor[],
  constants: readonly number[],
): void {
  const [value] = runWasmKernel(name, {
    inputs: [variable, ...gradientAndMoments],
    outputs: [variable.shape],
    items: variable.size,
    grain: NUMBERS,
    operations: 4 * variable.size,
    arguments: (inputs, [out]) => [...inputs, ...constants, out as number],
  }) as [tf.Tensor];
  variable.assign(value);
  value.dispose();
}

/** As `wasm-kernels/adam.as` takes them. */
export function wasmConstants(constants: AdamConstants): number[] {
  const { beta1, beta2, gradientScale, keep, rate, epsilon } = constants;
  const slope = 1 / rate;
  // At a rate of 0 the moments move and the parameter stays.
  const rests = !Number.isFinite(Math.fround(slope));
  return [
    beta1,
    beta2,
    gradientScale * (1 - beta1),
    (1 - beta2) / (1 - beta1) ** 2,
    keep,
    rests ? 0 : slope,
    rests ? 0 : epsilon * slope,
    Number(rests),
  ];
}
