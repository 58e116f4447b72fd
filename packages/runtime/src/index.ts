export { RuntimeError, type RuntimeErrorCode } from './errors.js';
export { createRandom, type Random, type RandomState, restoreRandom } from './random.js';
export { type BackendName, type BackendReport, useBackend } from './use-backend.js';
