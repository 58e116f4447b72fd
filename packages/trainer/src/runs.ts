export { diagnose, findingText } from './diagnosis/diagnose.js';
export type { Finding, FindingCode } from './diagnosis/finding.js';
export { type RunFacts, runFacts } from './diagnosis/run-series.js';
export { readReferenceLogProbs } from './inference/reference-log-probs.js';
export { requireColumns } from './objective/pair-batch.js';
export { isWhole as isWholeCheckpoint, listCheckpoints, type StoredCheckpoint } from './run/checkpoint.js';
export { fingerprintExamples, fingerprintParameters } from './run/fingerprint.js';
export type { Json, JsonObject } from './run/json.js';
export { type MetricsLine, readMetrics } from './run/metrics-log.js';
export {
  inParts,
  openPartialWork,
  type PartialWork,
  partialPath,
  partialWorkInputs,
} from './run/partial-work.js';
export { requireSameRun } from './run/run-directory.js';
export { isOfShard, mergeShards, openShard, type Shard, shardPath } from './run/shards.js';
