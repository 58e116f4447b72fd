export {
  type Batching,
  type BatchPlan,
  type BatchPlanOptions,
  type BatchPosition,
  type PlannedBatch,
  planBatches,
} from './batches/batch-plan.js';
export { type EpochBatchesOptions, epochBatches } from './batches/epoch-batches.js';
