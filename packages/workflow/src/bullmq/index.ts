export { type QueueExecutorOptions, queueExecutor } from './queue-executor.js';
export { type QueueStatus, type QueueStatusOptions, queueStatus } from './queue-status.js';
export { type QueueWorkerOptions, runQueueWorker } from './queue-worker.js';
