export {
  type DemoOptions,
  type DemoResult,
  readDemoSettings,
  runDemo,
} from './demo/demo.js';
export { demoPreset, UnknownPresetError } from './demo/demo-presets.js';
export { type DemoSettings, parseDemoSettings, SettingsError } from './demo/demo-settings.js';
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
export { redrawReport } from './report/redraw-report.js';
export { renderDemoMarkdown } from './report/render-demo-markdown.js';
export { renderDemoReport } from './report/render-demo-report.js';
export { ReportDataError } from './report/report-data-error.js';
export { type Standing, type Verdict, verdict } from './report/verdict.js';
export { CorpusTooSmallError } from './stages/corpus-stage.js';
export { UnknownSourceError } from './stages/open-summaries.js';
export type { StageProgress } from './stages/stage-context.js';
export {
  describeStudies,
  type PlannedStage,
  type StudyPlanDescription,
} from './study/describe-plan.js';
export { type RunStudiesOptions, runStudies, type StudyStanding } from './study/run-studies.js';
export type { SearchData, SearchedRate } from './study/search-data.js';
export {
  configureStudies,
  keepStudyConfiguration,
  readStudyConfiguration,
  type StudyConfiguration,
  type StudyRequest,
} from './study/study-configuration.js';
export type {
  Claim,
  ClaimVerdict,
  MixtureStudyData,
  PairWeights,
  PolicyStudyData,
  PreferenceData,
  StudyData,
  StudyGold,
  StudyImportance,
  StudyMethod,
  StudyName,
  StudyPairs,
  StudyRun,
  StudyScale,
  TrainingPoint,
} from './study/study-data.js';
export { StudyFailedError, StudySettingsError, UnknownStudyError } from './study/study-errors.js';
export { searchPreset, studyNames, studyPreset } from './study/study-presets.js';
export { runSearch } from './study/study-search.js';
export {
  isMixtureStudy,
  type MixtureStudySettings,
  type PolicyStudySettings,
  parseStudySettings,
  type StudySettings,
  studyJsonSchema,
} from './study/study-settings.js';
export { renderStudyFigures } from './study-report/render-study-figures.js';
export { renderStudyMarkdown, type StudyMarkdownOptions } from './study-report/render-study-markdown.js';
export { renderStudyReport } from './study-report/render-study-report.js';
export { studyClaims } from './study-report/study-claims.js';
export { readSearch, readStudies, writeStudyReport } from './study-report/study-report-files.js';
export type { CommandContext } from './training/command-context.js';
export { ConfigurationError } from './training/configuration-error.js';
export { estimateRun, type RunEstimate } from './training/estimate-run.js';
export {
  type ChosenObjective,
  chooseObjective,
  objectiveNames,
  withObjective,
} from './training/objective-registry.js';
export { type PresetName, presetSettings } from './training/presets.js';
export { assignment, mergeLayer, readSettings, type SettingsLayers } from './training/read-settings.js';
export { type EvaluateOutcome, runEvaluate } from './training/run-evaluate.js';
export { type GeneratedLine, type GenerateOutcome, runGenerate } from './training/run-generate.js';
export { type LabelOutcome, runLabel } from './training/run-label.js';
export { type RewardOutcome, runReward } from './training/run-reward.js';
export { runSft, type TrainingOutcome } from './training/run-sft.js';
export { runTrain } from './training/run-train.js';
export type { CommandName, Settings } from './training/settings.js';
export { settingsJsonSchema } from './training/settings-schema.js';
export { storedSettings } from './training/stored-settings.js';
export { renderTrainingReport, writeTrainingReport } from './training/training-report.js';
