export { BACKEND_NAMES, type BackendName, parseBackendName } from './backend-name.js';
export {
  BackendUnavailableError,
  NativeInstallError,
  type NativeInstallErrorCode,
  RuntimeError,
  type RuntimeErrorCode,
  UnknownBackendError,
} from './errors.js';
export { type MemoryReport, memoryReport } from './memory-report.js';
export { createRandom, type Random, type RandomState, restoreRandom } from './random.js';
export { type BackendReport, type FasterBackend, useBackend } from './use-backend.js';
