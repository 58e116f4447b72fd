export {
  type DemoOptions,
  type DemoResult,
  readDemoSettings,
  runDemo,
} from './demo/demo.js';
export type { StageProgress } from './demo/demo-context.js';
export { CorpusTooSmallError } from './demo/demo-corpus.js';
export { demoPreset, UnknownPresetError } from './demo/demo-presets.js';
export { type DemoSettings, parseDemoSettings, SettingsError } from './demo/demo-settings.js';
export { UnknownSourceError } from './demo/demo-source.js';
export { readDemoReport, writeDemoReport, writeDemoResults } from './demo/report-files.js';
export { RunDirectoryError } from './demo/run-directory-error.js';
export type { DemoFigureName } from './figures/demo-charts.js';
export { renderFigures } from './figures/render-figures.js';
export type {
  DemoReportData,
  ReportedMethod,
  ReportedPoint,
  ReportedSample,
  ReportedStage,
  ReportedWinRate,
} from './report/demo-report-data.js';
export { demoSummaryTable } from './report/demo-summary-table.js';
export { renderDemoMarkdown } from './report/render-demo-markdown.js';
export { renderDemoReport } from './report/render-demo-report.js';
export { ReportDataError } from './report/report-data-error.js';
export { type Standing, type Verdict, verdict } from './report/verdict.js';
export { StageMismatchError } from './stage.js';
