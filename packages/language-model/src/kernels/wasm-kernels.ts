import * as tf from '@tensorflow/tfjs-core';
import { KERNEL_BINARY } from './wasm-kernels.generated.js';

type Kernel = (...values: number[]) => void;

/** The functions of `kernels/index.as`. */
export type KernelName =
  | 'activate'
  | 'activateGradient'
  | 'attention'
  | 'attentionGradient'
  | 'columnExponentials'
  | 'decodeAttention'
  | 'fillCache'
  | 'gate'
  | 'gateGradient'
  | 'gatherRows'
  | 'gelu'
  | 'geluGradient'
  | 'joinHeadGradients'
  | 'normalize'
  | 'normalizeGradient'
  | 'splitHeads'
  | 'sumOfRows'
  | 'transpose'
  | 'transposedProduct';

type Kernels = Readonly<Record<KernelName, Kernel>>;

/** What TensorFlow.js's WASM back end has that this file relies on. */
interface WasmBackend {
  readonly wasm: { readonly asm?: { readonly memory?: unknown }; readonly wasmMemory?: unknown };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  disposeData(dataId: object): void;
}

const instances = new WeakMap<object, Kernels | null>();

/**
 * Our own kernels for TensorFlow.js's WASM back end, where it is the one that runs and they load.
 *
 * They work in that back end's memory. What it computes slowly (batched and transposed products, erf and exp, rows
 * gathered) takes them a third to a twentieth of the time; where they do not load, everything is computed
 * with plain operations, with the same results up to float error.
 */
export function hasWasmKernels(): boolean {
  return tf.getBackend() === 'wasm' && kernelsOf(tf.backend() as unknown as WasmBackend) !== null;
}

function kernelsOf(backend: WasmBackend): Kernels | null {
  const known = instances.get(backend);
  if (known !== undefined) return known;
  const kernels = instantiate(backend);
  instances.set(backend, kernels);
  return kernels;
}

function instantiate({ wasm }: WasmBackend): Kernels | null {
  const memory = wasm.asm?.memory ?? wasm.wasmMemory;
  if (!(memory instanceof WebAssembly.Memory)) return null;
  try {
    const binary = Uint8Array.from(atob(KERNEL_BINARY), (character) => character.charCodeAt(0));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binary), { env: { memory } });
    return exports as unknown as Kernels;
  } catch {
    // No SIMD, shared memory, or a page that forbids compiling: plain operations do.
    return null;
  }
}

export interface KernelCall {
  readonly inputs: readonly tf.Tensor[];
  /** Shapes of the results. */
  readonly outputs: readonly (readonly number[])[];
  /** Numbers of scratch memory. */
  readonly scratch?: number;
  /** The kernel's arguments, from byte offsets. */
  arguments(inputs: readonly number[], outputs: readonly number[], scratch: number): number[];
}

/** Runs a kernel as one operation of TensorFlow.js; the results are float32 tensors of the current tidy. */
export function runWasmKernel(name: KernelName, call: KernelCall): tf.Tensor[] {
  const kernelName = `Ais${name[0]?.toUpperCase()}${name.slice(1)}`;
  if (tf.getKernel(kernelName, 'wasm') === undefined) {
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs, backend }) =>
        execute(backend as unknown as WasmBackend, name, inputs, attrs as unknown as { call: KernelCall }),
    });
  }
  const inputs = Object.fromEntries(call.inputs.map((input, index) => [`x${index}`, input]));
  return tf.engine().runKernel(kernelName, inputs, { call } as unknown as tf.NamedAttrMap) as tf.Tensor[];
}

function execute(
  backend: WasmBackend,
  name: KernelName,
  inputs: tf.NamedTensorInfoMap,
  { call }: { readonly call: KernelCall },
): tf.TensorInfo[] {
  const kernels = kernelsOf(backend);
  if (kernels === null) throw new Error('@ais/language-model: the WASM kernels did not load.');
  const offset = (info: tf.TensorInfo): number => backend.dataIdMap.get(info.dataId).memoryOffset;
  const results = call.outputs.map((shape) => backend.makeOutput([...shape], 'float32'));
  const scratch = call.scratch === undefined ? undefined : backend.makeOutput([call.scratch], 'float32');
  try {
    const places = call.inputs.map((_, index) => offset(inputs[`x${index}`] as tf.TensorInfo));
    kernels[name](
      ...call.arguments(places, results.map(offset), scratch === undefined ? 0 : offset(scratch)),
    );
  } finally {
    if (scratch !== undefined) backend.disposeData(scratch.dataId);
  }
  return results;
}
