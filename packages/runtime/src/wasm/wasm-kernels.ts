import * as tf from '@tensorflow/tfjs-core';
import { loadWasmKernels, type WasmKernels } from './load-wasm-kernels.js';
import { KERNEL_BINARY } from './wasm-kernels.generated.js';

/** The functions of `wasm-kernels/index.as`. */
export type WasmKernelName =
  | 'activate'
  | 'activateGradient'
  | 'adam'
  | 'adamInHalves'
  | 'attention'
  | 'attentionGradient'
  | 'columnExponentials'
  | 'copy'
  | 'decodeAttention'
  | 'fillCache'
  | 'gate'
  | 'gateGradient'
  | 'gatherRows'
  | 'gelu'
  | 'geluGradient'
  | 'joinHeadGradients'
  | 'matrixProduct'
  | 'normalize'
  | 'normalizeGradient'
  | 'splitHeads'
  | 'sumOfRows'
  | 'transpose'
  | 'transposedProduct';

/** What TensorFlow.js's WASM back end has that this file relies on. */
interface WasmBackend {
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  disposeData(dataId: object): void;
}

const instances = new WeakMap<object, WasmKernels | null>();

/**
 * Our own kernels for TensorFlow.js's WASM back end, where it is the one that runs and they load.
 *
 * They work in that back end's memory, on as many threads as `useBackend` started. What it computes slowly (batched and
 * transposed products, erf and exp, rows gathered) takes them a third to a twentieth of the time on one; where they do not
 * load, plain operations compute the same up to float error. No result depends on the number of threads.
 *
 * @example
 * const passes = hasWasmKernels() ? 1 : 6;
 */
export function hasWasmKernels(): boolean {
  return tf.getBackend() === 'wasm' && kernelsOf(tf.backend() as unknown as WasmBackend) !== null;
}

/**
 * Threads that compute on the WASM back end that runs; 1 on any other.
 *
 * @example
 * console.log(wasmThreads() >= 1); // true
 */
export function wasmThreads(): number {
  if (tf.getBackend() !== 'wasm') return 1;
  return kernelsOf(tf.backend() as unknown as WasmBackend)?.threads ?? 1;
}

/** Loads the kernels on the WASM back end that runs, for the given number of threads if its memory can be shared. */
export function startWasmKernels(threads: number): void {
  kernelsOf(tf.backend() as unknown as WasmBackend, threads);
}

function kernelsOf(backend: WasmBackend, threads = 1): WasmKernels | null {
  const known = instances.get(backend);
  if (known !== undefined) return known;
  const binary = Uint8Array.from(atob(KERNEL_BINARY), (character) => character.charCodeAt(0));
  const kernels = loadWasmKernels(binary, threads) ?? null;
  instances.set(backend, kernels);
  return kernels;
}

/** What a kernel is given. */
export interface WasmKernelCall {
  readonly inputs: readonly tf.Tensor[];
  /** Shapes of the results. */
  readonly outputs: readonly (readonly number[])[];
  /** What is computed independently, and may be split among threads: rows, columns, heads, or numbers. */
  readonly items: number;
  /** Items that stay together; 1 by default. */
  readonly grain?: number;
  /** 4 by default, so that a thread that is done early takes more; 1 for columns, since narrow ones are slow to read. */
  readonly partsPerThread?: number;
  /** Roughly how many numbers are computed on the way; by default, that of the results. */
  readonly operations?: number;
  /** Numbers of scratch memory of each thread. */
  readonly scratch?: number;
  /** The kernel's arguments after its share of the items and its scratch memory, from byte offsets. */
  arguments(inputs: readonly number[], outputs: readonly number[]): number[];
}

/**
 * Runs a kernel as one operation of TensorFlow.js; the results are float32 tensors of the current tidy, and have no gradient.
 *
 * @param name as `wasm-kernels/index.as` exports it
 * @example
 * const transposed = (x: Tensor2D) =>
 *   runWasmKernel('transpose', {
 *     inputs: [x],
 *     outputs: [[x.shape[1], x.shape[0]]],
 *     items: x.shape[1],
 *     grain: 4,
 *     arguments: ([from], [to]) => [from, ...x.shape, to],
 *   });
 */
export function runWasmKernel(name: WasmKernelName, call: WasmKernelCall): tf.Tensor[] {
  const kernelName = `Ais${name[0]?.toUpperCase()}${name.slice(1)}`;
  if (tf.getKernel(kernelName, 'wasm') === undefined) {
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs, backend }) =>
        execute(
          backend as unknown as WasmBackend,
          name,
          inputs,
          attrs as unknown as { call: WasmKernelCall },
        ),
    });
  }
  const inputs = Object.fromEntries(call.inputs.map((input, index) => [`x${index}`, input]));
  return tf.engine().runKernel(kernelName, inputs, { call } as unknown as tf.NamedAttrMap) as tf.Tensor[];
}

function execute(
  backend: WasmBackend,
  name: WasmKernelName,
  inputs: tf.NamedTensorInfoMap,
  { call }: { readonly call: WasmKernelCall },
): tf.TensorInfo[] {
  const kernels = kernelsOf(backend);
  if (kernels === null) throw new Error('@ais/runtime: the WASM kernels did not load.');
  const offset = (info: tf.TensorInfo): number => backend.dataIdMap.get(info.dataId).memoryOffset;
  const results = call.outputs.map((shape) => backend.makeOutput([...shape], 'float32'));
  const { items, grain = 1, partsPerThread = 4, scratch: size } = call;
  const operations =
    call.operations ?? call.outputs.reduce((sum, shape) => sum + tf.util.sizeFromShape([...shape]), 0);
  const scratch = size === undefined ? undefined : backend.makeOutput([kernels.threads, size], 'float32');
  try {
    const places = call.inputs.map((_, index) => offset(inputs[`x${index}`] as tf.TensorInfo));
    const values = call.arguments(places, results.map(offset));
    kernels.run({
      name,
      items,
      grain,
      partsPerThread,
      operations,
      values,
      ...(scratch && size !== undefined && { scratch: { place: offset(scratch), bytes: 4 * size } }),
    });
  } finally {
    if (scratch !== undefined) backend.disposeData(scratch.dataId);
  }
  return results;
}
