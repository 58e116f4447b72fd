export type { LiveStage, LiveStatus } from './live/live-status.js';
export { type ServeStatusOptions, serveStatus } from './live/serve-status.js';
export { isTrainingRun, redrawReport } from './run/redraw-report.js';
export { renderStudyFigures } from './study-report/render-study-figures.js';
export { renderStudyMarkdown, type StudyMarkdownOptions } from './study-report/render-study-markdown.js';
export { renderStudyReport } from './study-report/render-study-report.js';
export { studySummary } from './study-report/study-summary.js';
export { compareRuns } from './training-runs/compare-runs.js';
export { diagnoseRun, renderTrainingReport, writeTrainingReport } from './training-runs/training-report.js';
