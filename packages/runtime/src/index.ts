export { BACKEND_NAMES, type BackendName } from './backend-name.js';
export { collectGarbage } from './collect-garbage.js';
export {
  type BackendObstacle,
  BackendUnavailableError,
  FileError,
  type FileErrorCode,
  NativeInstallError,
  type NativeInstallErrorCode,
  RuntimeError,
  type RuntimeErrorCode,
  UnknownBackendError,
} from './errors.js';
export { type BackendMeasurement, measureBackend } from './measure-backend.js';
export { type MemoryReport, memoryReport } from './memory-report.js';
export { hasNativeKernels, type NativeKernelAttributes, runNativeKernel } from './native-kernels.js';
export { parseBackendName } from './parse-backend-name.js';
export { createRandom, type Random, type RandomState, restoreRandom } from './random.js';
export { type BackendOptions, type BackendReport, useBackend } from './use-backend.js';
export {
  hasWasmKernels,
  runWasmKernel,
  type WasmKernelCall,
  type WasmKernelName,
  wasmThreads,
} from './wasm/wasm-kernels.js';
export { wasmMatrixProduct } from './wasm/wasm-matrix-product.js';
