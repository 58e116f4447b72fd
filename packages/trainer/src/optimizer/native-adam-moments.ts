import * as tf from '@tensorflow/tfjs-core';
import type { AdamMoments } from './adam-moments.js';

/** An attribute of a TensorFlow operation, as `@tensorflow/tfjs-node` takes it. */
interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What the native back end has that this file relies on. */
interface NativeBackend {
  readonly binding: Readonly<
    Record<'TF_ATTR_TYPE' | 'TF_ATTR_BOOL' | 'TF_ATTR_STRING' | 'TF_ATTR_SHAPE' | 'TF_FLOAT', number>
  >;
  executeMultipleOutputs(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.Tensor[],
    outputCount: number,
  ): tf.Tensor[];
}

/** The shared name that makes TensorFlow give a variable a name of its own. */
const ANONYMOUS = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';

/** Whether the back end runs any operation of TensorFlow, and so its fused update. */
export function hasNativeAdam(): boolean {
  const { binding, executeMultipleOutputs } = tf.backend() as unknown as Partial<NativeBackend>;
  return typeof binding === 'object' && typeof executeMultipleOutputs === 'function';
}

/**
 * Moments that TensorFlow's own `ResourceApplyAdam` moves on, with the parameter, in one pass over memory where plain
 * operations make a dozen.
 *
 * They live in variables of TensorFlow, which TensorFlow.js knows by handles only: what a handle refers to is not in
 * `tf.memory()`.
 *
 * @see https://www.tensorflow.org/api_docs/python/tf/raw_ops/ResourceApplyAdam
 */
export function nativeAdamMoments(variable: tf.Variable): AdamMoments {
  const backend = tf.backend() as unknown as NativeBackend;
  const { binding } = backend;
  const type = (name: string): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT });
  const flag = (name: string): Attribute => ({ name, type: binding.TF_ATTR_BOOL, value: false });
  const text = (name: string, value: string): Attribute => ({ name, type: binding.TF_ATTR_STRING, value });
  const run = (name: string, attributes: readonly Attribute[], inputs: readonly tf.Tensor[]): void => {
    backend.executeMultipleOutputs(name, attributes, inputs, 0);
  };
  const make = (name: string, attributes: readonly Attribute[], inputs: readonly tf.Tensor[]): tf.Tensor =>
    backend.executeMultipleOutputs(name, attributes, inputs, 1)[0] as tf.Tensor;

  const shape: Attribute = { name: 'shape', type: binding.TF_ATTR_SHAPE, value: variable.shape };
  const makeHandle = (): tf.Tensor =>
    tf.keep(
      make('VarHandleOp', [text('container', ''), text('shared_name', ANONYMOUS), type('dtype'), shape], []),
    );
  const read = (handle: tf.Tensor): tf.Tensor => make('ReadVariableOp', [type('dtype')], [handle]);
  const assign = (handle: tf.Tensor, value: tf.Tensor): void =>
    run('AssignVariableOp', [type('dtype')], [handle, value]);
  const fill = (handle: tf.Tensor, make: () => tf.Tensor): void => {
    const value = make();
    assign(handle, value);
    value.dispose();
  };

  const parameter = makeHandle();
  const gradientAverage = makeHandle();
  const squareAverage = makeHandle();
  const handles = [parameter, gradientAverage, squareAverage];
  for (const moments of [gradientAverage, squareAverage]) fill(moments, () => tf.zeros(variable.shape));

  return {
    update(gradient, { beta1, beta2, gradientScale, keep, rate, epsilon }) {
      const value = tf.tidy(() => {
        assign(parameter, keep === 1 ? variable : tf.mul(variable, keep));
        // The operation corrects the bias by the powers of β that it is given, in float32. Those here are 0: it is in the rate.
        const constants = [0, 0, rate, beta1, beta2, epsilon].map((constant) => tf.scalar(constant));
        const scaled = gradientScale === 1 ? gradient : tf.mul(gradient, gradientScale);
        run(
          'ResourceApplyAdam',
          [type('T'), flag('use_locking'), flag('use_nesterov')],
          [...handles, ...constants, scaled],
        );
        return read(parameter);
      });
      variable.assign(value);
      value.dispose();
    },
    async read() {
      const [average, square] = [gradientAverage, squareAverage].map(read) as [tf.Tensor, tf.Tensor];
      const [gradients, squares] = await Promise.all([average.data<'float32'>(), square.data<'float32'>()]);
      tf.dispose([average, square]);
      return { gradientAverage: gradients, squareAverage: squares };
    },
    write(gradients, squares) {
      fill(gradientAverage, () => tf.tensor(gradients, variable.shape, 'float32'));
      fill(squareAverage, () => tf.tensor(squares, variable.shape, 'float32'));
    },
    dispose() {
      for (const handle of handles) {
        run('DestroyResourceOp', [flag('ignore_lookup_error')], [handle]);
        handle.dispose();
      }
    },
  };
}
