export {
  type Batching,
  type BatchPlan,
  type BatchPlanOptions,
  type BatchPosition,
  type PlannedBatch,
  planBatches,
} from './batch-plan.js';
export { type CollectRecordsOptions, collectRecords } from './collect-records.js';
export { type ComparisonSourceOptions, comparisonSource } from './comparison-source.js';
export { contentHash } from './content-hash.js';
export { type DebianSourceOptions, debianSource } from './debian-source.js';
export { describeInspection } from './describe-inspection.js';
export { type EpochBatchesOptions, epochBatches } from './epoch-batches.js';
export { DataError, type DataErrorCode, type DataErrorPlace, type RecordFault } from './errors.js';
export type { HubOptions } from './hub-files.js';
export { type HubRowsOptions, hubRows } from './hub-rows.js';
export {
  type DataInspection,
  type InspectedExample,
  type InspectedPart,
  inspectPrepared,
} from './inspect-prepared.js';
export { type InspectSourceOptions, inspectSource } from './inspect-source.js';
export { type JsonlRowsOptions, jsonlRows } from './jsonl-rows.js';
export { type JsonlSourceOptions, jsonlSource } from './jsonl-source.js';
export type { LengthStatistics } from './length-statistics.js';
export { type LoadTokenizerOptions, loadTokenizer } from './load-tokenizer.js';
export { type OpenComparisonsOptions, openComparisons } from './open-comparisons.js';
export { type OpenRowsOptions, openRows } from './open-rows.js';
export { type OpenSourceOptions, openSource } from './open-source.js';
export { oracleScore } from './oracle-score.js';
export {
  filterByMargin,
  flipLabels,
  type LabeledPair,
  type MarginLimits,
} from './pair-filters.js';
export {
  pairsFromSamples,
  type SamplePairsCounts,
  type ScoredComparison,
} from './pairs-from-samples.js';
export { type ParquetRowsOptions, parquetRows } from './parquet-rows.js';
export { parsePrompt } from './parse-prompt.js';
export {
  type PreferencePairsCounts,
  type PreferencePairsOptions,
  preferencePairs,
  type ScoredPair,
  type ScoredResponse,
  type TokenizedPair,
} from './preference-pairs.js';
export {
  type PreparationProgress,
  type PrepareDatasetOptions,
  type PreparedSource,
  prepareDataset,
} from './prepare-dataset.js';
export {
  openPreparedDataset,
  type PreparedBatch,
  type PreparedDataset,
  type PreparedRow,
  type PreparedSplit,
  readPreparedManifest,
} from './prepared-dataset.js';
export type {
  DroppedRecord,
  PreparationSettings,
  PreparedKind,
  PreparedManifest,
  PreparedSplitManifest,
} from './prepared-manifest.js';
export {
  createReadReport,
  type OnError,
  type ReadFaults,
  type ReadOptions,
  type ReadReport,
  readFaults,
} from './read-report.js';
export type { ComparisonRecord, SampledResponse, Source, SummarizationRecord } from './record.js';
export { renderInspectionPage } from './render-inspection-page.js';
export type { Row, RowSource } from './row.js';
export { type SampleSourceOptions, sampleSource } from './sample-source.js';
export type { ColumnNames } from './schema.js';
export {
  type MixPairsOptions,
  mixPairs,
  type ShiftedSet,
  type ShiftedSetsOptions,
  shiftedSets,
} from './shifted-sets.js';
export { sourceTexts } from './source-texts.js';
export {
  findSplitLeaks,
  type SplitLeak,
  type SplitRecordsOptions,
  type SplittableRecord,
  splitRecords,
} from './split-records.js';
export { type SummarySourceOptions, summarySource } from './summary-source.js';
export type { FactKind } from './synthetic-grammar.js';
export {
  idealSummary,
  type SyntheticFact,
  type SyntheticSourceOptions,
  syntheticFacts,
  syntheticSource,
} from './synthetic-source.js';
export { formatPrompt, formatResponse, type PromptFields } from './template.js';
export { type TokenizedComparison, tokenizeComparison } from './tokenize-comparison.js';
export {
  type TokenizedExample,
  type TokenizedRecord,
  type TokenizeRecordOptions,
  tokenizeRecord,
} from './tokenize-record.js';
export { type TokenizationReport, tokenizeRecords } from './tokenize-records.js';
export { createTokenizer, type Tokenizer } from './tokenizer.js';
export type { AddedTokenJson, TokenizerConfigJson, TokenizerJson } from './tokenizer-json.js';
export { type TrainTokenizerOptions, trainTokenizer } from './train-tokenizer.js';
export { type TruncatedPrompt, type TruncatePromptOptions, truncatePrompt } from './truncate-prompt.js';
export { UnknownSourceError } from './unknown-source-error.js';
export { decodePairs, type WriteComparisonsOptions, writeComparisons } from './write-comparisons.js';
