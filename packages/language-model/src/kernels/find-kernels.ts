import { hasNativeKernels, hasWasmKernels } from '@ais/runtime';
import type { FusedKernels } from './fused-kernels.js';
import { nativeFusedKernels } from './native-fused-kernels.js';
import { wasmFusedKernels } from './wasm-fused-kernels.js';

/** The kernels of the back end that runs; undefined where it has none. */
export function fusedKernels(): FusedKernels | undefined {
  if (hasWasmKernels()) return wasmFusedKernels;
  return hasNativeKernels() ? nativeFusedKernels : undefined;
}
