import { hasNativeKernels, hasWasmKernels, runNativeKernel } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { TrainerError } from '../errors.js';
import type { AdamConstants, AdamMoments } from './adam-moments.js';
import { kernelConstants } from './kernel-adam-moments.js';
import { updateByWasmKernel, wasmConstants } from './wasm-adam-moments.js';

/**
 * Moments as bfloat16, the average of the gradient in the upper half of a number and that of its square in the lower half.
 *
 * An update computes in float32 and rounds what it keeps up or down at random, with probability in proportion to nearness: with β₂ = 0.999 the square's average
 * moves by less than half the distance to bfloat16's next number, and rounding to the nearest would stop it. The random bits are a hash of the
 * number's place and of the update, so a run that resumes has the bits of an unbroken one.
 *
 * @throws {TrainerError} `invalid-option` where the back end has no operation for it
 */
export function bfloat16AdamMoments(variable: tf.Variable): AdamMoments {
  const update = updateInHalves();
  // Stored as integers: TensorFlow.js may change the bits of floats.
  let halves: tf.Tensor = tf.keep(tf.zeros(variable.shape, 'int32'));
  return {
    update: (gradient, constants) => update(variable, gradient, halves, constants),
    async read() {
      const both = await halves.data<'int32'>();
      const floats = (bits: Int32Array): Float32Array => new Float32Array(bits.buffer);
      return {
        gradientAverage: floats(both.map((bits) => bits & UPPER)),
        squareAverage: floats(both.map((bits) => bits << 16)),
      };
    },
    write(gradientAverage, squareAverage) {
      tf.dispose(halves);
      const [averages, squares] = [nearest(gradientAverage), nearest(squareAverage)];
      const both = averages.map((bits, index) => (bits & UPPER) | ((squares[index] as number) >>> 16));
      halves = tf.keep(tf.tensor(both, variable.shape, 'int32'));
    },
    dispose: () => tf.dispose(halves),
  };
}

const UPPER = 0xffff0000 | 0;

/** The bits of numbers, whose upper half is the nearest bfloat16. */
function nearest(values: Float32Array): Int32Array {
  // A copy: the bits are those of the caller's numbers.
  const bits = new Int32Array(values.slice().buffer);
  return bits.map((each) => each + 0x7fff + ((each >>> 16) & 1));
}

type UpdateInHalves = (
  variable: tf.Variable,
  gradient: tf.Tensor,
  halves: tf.Tensor,
  constants: AdamConstants,
) => void;

function updateInHalves(): UpdateInHalves {
  if (hasNativeKernels()) return updateByNativeKernel;
  if (hasWasmKernels()) {
    return (variable, gradient, halves, constants) =>
      updateByWasmKernel(
        'adamInHalves',
        variable,
        [gradient, halves],
        [...wasmConstants(constants), constants.updates],
      );
  }
  throw new TrainerError(
    'invalid-option',
    "Moments of bfloat16 need the operations of @ais/runtime's own for native TensorFlow or WASM, which back end " +
      `'${tf.getBackend()}' does not have here. Leave the moments at float32, or take another back end.`,
  );
}

const updateByNativeKernel: UpdateInHalves = (variable, gradient, halves, constants) => {
  const value = tf.tidy(
    () =>
      runNativeKernel(
        'AisAdamWInHalves',
        [
          variable,
          gradient,
          halves,
          tf.tensor1d(kernelConstants(constants)),
          tf.scalar(constants.updates, 'int32'),
        ],
        {},
        1,
      )[0] as tf.Tensor,
  );
  variable.assign(value);
  value.dispose();
};
