export type { HubOptions } from '@ais/runtime/hub';
export { type EpochBatchesOptions, epochBatches, epochOrder } from './batches/epoch-batches.js';
export {
  DataError,
  type DataErrorCode,
  type DataErrorPlace,
  type RecordFault,
  UnknownSourceError,
} from './errors.js';
export type { TokenizedPair } from './preferences/preference-pairs.js';
export { type CollectRecordsOptions, collectRecords } from './records/collect-records.js';
export { contentHash } from './records/content-hash.js';
export { type Examples, firstExamples, mapExamples } from './records/examples.js';
export { type HeldOut, type HoldOutKeys, holdOut } from './records/hold-out.js';
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
  LabeledRecord,
  OpenedSource,
  PromptRecord,
  RecordKind,
  SampledResponse,
  Source,
  TextRecord,
} from './records/record.js';
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
export { type DescribeSourceOptions, describeSource } from './sources/describe-source.js';
export { type LabeledSourceOptions, labeledSource } from './sources/labeled-source.js';
export { type MixSourcesOptions, mixSources, type WeightedSource } from './sources/mix-sources.js';
export { type OpenComparisonsOptions, openComparisons } from './sources/open-comparisons.js';
export { type OpenSourceOptions, openSource, type SourceShare, sharesOf } from './sources/open-source.js';
export { type SampleSourceOptions, sampleSource } from './sources/sample-source.js';
export { sourceTexts } from './sources/source-texts.js';
export { type TextSourceOptions, textSource } from './sources/text-source.js';
export { templates } from './templates/built-in.js';
export { isTemplateFile, loadTemplate } from './templates/load-template.js';
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
export {
  type Continuation,
  decodeContinuation,
  encodeContinuation,
  type TokenizedText,
} from './tokenize/continuation.js';
export { type TokenizedComparison, tokenizeComparison } from './tokenize/tokenize-comparison.js';
export {
  type TokenizedExample,
  type TokenizedRecord,
  type TokenizeRecordOptions,
  tokenizeRecord,
} from './tokenize/tokenize-record.js';
export {
  type TokenizationReport,
  type TokenizeRecordsOptions,
  tokenizeRecords,
} from './tokenize/tokenize-records.js';
export {
  fitPrompt,
  isLongPrompt,
  type LongPrompts,
  type TruncatedPrompt,
  type TruncatePromptOptions,
  truncatePrompt,
} from './tokenize/truncate-prompt.js';
export { type LoadTokenizerOptions, loadTokenizer } from './tokenizer/load-tokenizer.js';
export type { Tokenizer } from './tokenizer/tokenizer.js';
