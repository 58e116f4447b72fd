export type {
  DemoReportData,
  ReportedMethod,
  ReportedPoint,
  ReportedSample,
  ReportedStage,
  ReportedWinRate,
} from './report/demo-report-data.js';
export { demoSummaryTable } from './report/demo-summary-table.js';
export { renderDemoReport } from './report/render-demo-report.js';
