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
