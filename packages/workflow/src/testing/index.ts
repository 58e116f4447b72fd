export {
  type ExecutorBench,
  type ExecutorCheck,
  type ExecutorFactory,
  type ExecutorTestOptions,
  executorChecks,
} from './executor-checks.js';
export { testExecutor } from './test-executor.js';
