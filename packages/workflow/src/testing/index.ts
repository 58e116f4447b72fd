export {
  type ExecutorBench,
  type ExecutorCheck,
  type ExecutorFactory,
  type ExecutorTestOptions,
  executorChecks,
} from './executor-checks.js';
export { type StoreBench, type StoreCheck, type StoreFactory, storeChecks } from './store-checks.js';
export { testExecutor } from './test-executor.js';
export { testStore } from './test-store.js';
