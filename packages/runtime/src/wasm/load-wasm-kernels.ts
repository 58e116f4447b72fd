import * as tf from '@tensorflow/tfjs-core';
import { KernelThreads } from './kernel-threads.js';
import type { KernelWork, WasmKernel } from './kernel-work.js';
import { sharedBinary } from './shared-binary.js';

/** Kernels that work in the memory of the WASM back end. */
export interface WasmKernels {
  /** How many threads a kernel's work is split among. */
  readonly threads: number;
  run(work: KernelWork): void;
}

/** Waking the others, and waiting for them, takes as long as this many operations. */
const LEAST_OPERATIONS = 200_000;

/**
 * Instantiates a module whose exports are kernels, on the memory of the WASM back end that runs.
 *
 * @param binary a module that imports `env.memory` and nothing else
 * @param count threads that split each kernel's work, where they can share that memory
 * @returns undefined where the module does not load: no SIMD, or a page that forbids compiling
 */
export function loadWasmKernels(binary: Uint8Array, count: number): WasmKernels | undefined {
  const { wasm } = tf.backend() as unknown as WasmBackend;
  const memory = wasm.asm?.memory ?? wasm.wasmMemory;
  if (!(memory instanceof WebAssembly.Memory)) return undefined;
  try {
    const isShared = !(memory.buffer instanceof ArrayBuffer);
    const module = new WebAssembly.Module(new Uint8Array(isShared ? sharedBinary(binary) : binary));
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    const kernels = exports as Readonly<Record<string, WasmKernel>>;
    const threads = isShared ? count : 1;
    const others = threads > 1 ? new KernelThreads({ module, memory, kernels }, threads) : undefined;
    return {
      threads,
      run(work) {
        if (others && work.operations >= LEAST_OPERATIONS && work.items > work.grain) return others.run(work);
        const { name, items, scratch, values } = work;
        const given = scratch === undefined ? values : [scratch.place, ...values];
        (kernels[name] as WasmKernel)(0, items, ...given);
      },
    };
  } catch {
    return undefined;
  }
}

/** What of TensorFlow.js's WASM back end has its memory. */
interface WasmBackend {
  readonly wasm: { readonly asm?: { readonly memory?: unknown }; readonly wasmMemory?: unknown };
}
