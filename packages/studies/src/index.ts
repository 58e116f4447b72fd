export { type DemoOptions, type DemoResult, RunDirectoryError, readDemoSettings, runDemo } from './demo/demo.js';
export type { StageProgress } from './demo/demo-context.js';
export { CorpusTooSmallError } from './demo/demo-corpus.js';
export { UnknownPresetError, UnknownSourceError, demoPreset } from './demo/demo-presets.js';
export { type DemoSettings, SettingsError, parseDemoSettings } from './demo/demo-settings.js';
export { demoSummaryTable } from './report/demo-summary-table.js';
export type {
  DemoReportData,
  ReportedMethod,
  ReportedPoint,
  ReportedSample,
  ReportedStage,
  ReportedWinRate,
} from './report/demo-report-data.js';
export { renderDemoReport } from './report/render-demo-report.js';
export { StageMismatchError } from './stage.js';
