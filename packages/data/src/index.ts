export type { HubOptions } from '@ais/runtime/hub';
export {
  type Batching,
  type BatchPlan,
  type BatchPlanOptions,
  type BatchPosition,
  type PlannedBatch,
  planBatches,
} from './batches/batch-plan.js';
export { type EpochBatchesOptions, epochBatches } from './batches/epoch-batches.js';
export {
  DataError,
  type DataErrorCode,
  type DataErrorPlace,
  type RecordFault,
  UnknownSourceError,
} from './errors.js';
export { type ArrowRowsOptions, arrowRows } from './formats/arrow-rows.js';
export { type CsvRowsOptions, csvRows } from './formats/csv-rows.js';
export type { FileFormat } from './formats/file-format.js';
export { type FileRowsOptions, fileRows } from './formats/file-rows.js';
export { type HubRowsOptions, hubRows } from './formats/hub-rows.js';
export { jsonRows } from './formats/json-rows.js';
export { jsonlRows, type TextRowsOptions } from './formats/jsonl-rows.js';
export { type OpenRowsOptions, openRows } from './formats/open-rows.js';
export { type ParquetRowsOptions, parquetRows } from './formats/parquet-rows.js';
export { type SavedDatasetRowsOptions, savedDatasetRows } from './formats/saved-dataset-rows.js';
export {
  filterByMargin,
  flipLabels,
  type LabeledPair,
  type MarginLimits,
} from './preferences/pair-filters.js';
export {
  pairsFromSamples,
  type SamplePairsCounts,
  type ScoredComparison,
} from './preferences/pairs-from-samples.js';
export {
  type PreferencePairsCounts,
  type PreferencePairsOptions,
  preferencePairs,
  type ScoredPair,
  type ScoredResponse,
  type TokenizedPair,
} from './preferences/preference-pairs.js';
export {
  type MixPairsOptions,
  mixPairs,
  type ShiftedSet,
  type ShiftedSetsOptions,
  shiftedSets,
} from './preferences/shifted-sets.js';
export {
  decodePairs,
  type WriteComparisonsOptions,
  writeComparisons,
} from './preferences/write-comparisons.js';
export { describeInspection } from './prepared/describe-inspection.js';
export {
  type DataInspection,
  type InspectedExample,
  type InspectedPart,
  inspectPrepared,
} from './prepared/inspect-prepared.js';
export { type InspectSourceOptions, inspectSource } from './prepared/inspect-source.js';
export type { LengthStatistics } from './prepared/length-statistics.js';
export {
  type PreparationProgress,
  type PrepareDatasetOptions,
  type PreparedSource,
  prepareDataset,
} from './prepared/prepare-dataset.js';
export {
  openPreparedDataset,
  type PreparedBatch,
  type PreparedDataset,
  type PreparedRow,
  type PreparedSplit,
  readPreparedManifest,
} from './prepared/prepared-dataset.js';
export type {
  DroppedRecord,
  PreparationSettings,
  PreparedManifest,
  PreparedSplitManifest,
} from './prepared/prepared-manifest.js';
export { renderInspectionPage } from './prepared/render-inspection-page.js';
export { type CollectRecordsOptions, collectRecords } from './records/collect-records.js';
export { contentHash } from './records/content-hash.js';
export {
  createReadReport,
  type MixtureShare,
  type OnError,
  type ReadFaults,
  type ReadOptions,
  type ReadReport,
  type RecognizedShape,
  readFaults,
} from './records/read-report.js';
export type {
  ComparisonRecord,
  OpenedSource,
  PromptRecord,
  RecordKind,
  SampledResponse,
  Source,
  TextRecord,
} from './records/record.js';
export type { Row, RowSource } from './records/row.js';
export type { ColumnNames } from './records/schema.js';
export {
  findSplitLeaks,
  type SplitLeak,
  type SplitRecordsOptions,
  type SplittableRecord,
  splitKeys,
  splitRecords,
} from './records/split-records.js';
export { type ComparisonSourceOptions, comparisonSource } from './sources/comparison-source.js';
export { type DebianSourceOptions, debianSource } from './sources/debian-source.js';
export { type MixSourcesOptions, mixSources, type WeightedSource } from './sources/mix-sources.js';
export { type OpenComparisonsOptions, openComparisons } from './sources/open-comparisons.js';
export { type OpenSourceOptions, openSource, type SourceShare } from './sources/open-source.js';
export { oracleScore } from './sources/oracle-score.js';
export { type SampleSourceOptions, sampleSource } from './sources/sample-source.js';
export { sourceTexts } from './sources/source-texts.js';
export type { FactKind } from './sources/synthetic-grammar.js';
export {
  idealSummary,
  type SyntheticFact,
  type SyntheticPrompt,
  type SyntheticSourceOptions,
  syntheticFacts,
  syntheticSource,
} from './sources/synthetic-source.js';
export { type TextSourceOptions, textSource } from './sources/text-source.js';

export { templates } from './templates/built-in.js';
export { loadTemplate } from './templates/load-template.js';
export {
  createTemplate,
  type Fields,
  type FieldValue,
  type Prompt,
  type Span,
  type Template,
  type TemplateFile,
} from './templates/template.js';
export { formatPrompt, formatResponse, parsePrompt, type TldrFields } from './templates/tldr.js';
export { type TokenizedComparison, tokenizeComparison } from './tokenize/tokenize-comparison.js';
export {
  type TokenizedExample,
  type TokenizedRecord,
  type TokenizeRecordOptions,
  tokenizeRecord,
} from './tokenize/tokenize-record.js';
export { type TokenizationReport, tokenizeRecords } from './tokenize/tokenize-records.js';
export {
  fitPrompt,
  type TruncatedPrompt,
  type TruncatePromptOptions,
  truncatePrompt,
} from './tokenize/truncate-prompt.js';
export { type LoadTokenizerOptions, loadTokenizer } from './tokenizer/load-tokenizer.js';
export { createTokenizer, type Tokenizer } from './tokenizer/tokenizer.js';
export type { AddedTokenJson, TokenizerConfigJson, TokenizerJson } from './tokenizer/tokenizer-json.js';
export { type TrainTokenizerOptions, trainTokenizer } from './tokenizer/train-tokenizer.js';
