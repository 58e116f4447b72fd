import * as tf from '@tensorflow/tfjs-core';

/** How TensorFlow is told an attribute's type. */
const ATTRIBUTES = {
  centered: 'TF_ATTR_BOOL',
  epsilon: 'TF_ATTR_FLOAT',
  scale: 'TF_ATTR_FLOAT',
  kind: 'TF_ATTR_INT',
  geometry: 'TF_ATTR_INT',
  transpose_a: 'TF_ATTR_BOOL',
  transpose_b: 'TF_ATTR_BOOL',
  // How many tensors some inputs are.
  added: 'TF_ATTR_INT',
  gain: 'TF_ATTR_INT',
  residual: 'TF_ATTR_INT',
  parts: 'TF_ATTR_INT',
  parallel: 'TF_ATTR_BOOL',
  temperature: 'TF_ATTR_FLOAT',
} as const;

/** Attributes of an operation, by name. */
export type NativeKernelAttributes = {
  readonly [Name in keyof typeof ATTRIBUTES]?: boolean | number | readonly number[];
};

/** What tfjs-node's back end has that this file relies on. */
interface TensorFlowBackend {
  readonly isUsingGpuDevice?: boolean;
  readonly binding: Readonly<Record<string, number>>;
  executeMultipleOutputs(
    name: string,
    attributes: readonly { name: string; type: number | undefined; value: unknown }[],
    inputs: readonly tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
}

/** Of the operations' inputs, outputs, and attributes; `kernels/operations.cc` has the same number. */
export const KERNELS_VERSION = 6;

const known = new WeakMap<object, boolean>();

/**
 * Whether the back end that computes is native TensorFlow on the CPU with this package's own operations: one pass over
 * memory where TensorFlow.js takes several. They are compiled into the addon that `ais native install` provides; where
 * they are missing (an addon of an earlier version, Windows), plain operations compute the same up to float error.
 *
 * `AIS_KERNELS=plain` in the environment turns them off, to compare.
 *
 * @example
 * const passes = hasNativeKernels() ? 1 : 6;
 */
export function hasNativeKernels(): boolean {
  if (tf.getBackend() !== 'tensorflow') return false;
  const backend = tf.backend();
  let has = known.get(backend);
  if (has === undefined) {
    has = probe(backend as unknown as TensorFlowBackend);
    known.set(backend, has);
  }
  return has;
}

function probe(backend: TensorFlowBackend): boolean {
  if (backend.isUsingGpuDevice || globalThis.process?.env['AIS_KERNELS'] === 'plain') return false;
  try {
    return (
      tf.tidy(() => backend.executeMultipleOutputs('AisKernels', [], [], 1)[0]?.dataSync()[0]) ===
      KERNELS_VERSION
    );
  } catch {
    // TensorFlow knows no operation of this name.
    return false;
  }
}

/**
 * Runs one of this package's operations, or of TensorFlow's own; the results are tensors of the current tidy, and have no gradient.
 *
 * @param name as one of `kernels/*.cc` defines it
 * @param outputs how many tensors it gives
 * @example
 * const normalize = (x: Tensor2D) => runNativeKernel('AisNormalize', [x], { centered: true, epsilon: 1e-5 }, 2);
 */
export function runNativeKernel(
  name: string,
  inputs: readonly tf.Tensor[],
  attributes: NativeKernelAttributes,
  outputs: number,
): tf.Tensor[] {
  if (tf.getKernel(name, 'tensorflow') === undefined) {
    tf.registerKernel({
      kernelName: name,
      backendName: 'tensorflow',
      kernelFunc: ({ inputs: named, attrs, backend }) => {
        const native = backend as unknown as TensorFlowBackend;
        const { attributes: own, outputs: count } = attrs as unknown as Run;
        const encoded = Object.entries(own).map(([key, value]) => ({
          name: key,
          type: native.binding[ATTRIBUTES[key as keyof typeof ATTRIBUTES]],
          value,
        }));
        return native.executeMultipleOutputs(name, encoded, Object.values(named) as tf.TensorInfo[], count);
      },
    });
  }
  const named = Object.fromEntries(inputs.map((input, index) => [`x${index}`, input]));
  const run: Run = { attributes, outputs };
  return tf.engine().runKernel(name, named, run as unknown as tf.NamedAttrMap) as tf.Tensor[];
}

interface Run {
  readonly attributes: NativeKernelAttributes;
  readonly outputs: number;
}
