export { estimateRun, type RunEstimate } from './commands/estimate-run.js';
export {
  type Chat,
  type ChatAnswer,
  type OpenChatOptions,
  openChat,
  type SayOptions,
} from './commands/open-chat.js';
export { type EvaluateOutcome, runEvaluate, runEvaluateShard } from './commands/run-evaluate.js';
export {
  type GenerateOutcome,
  runGenerate,
  runGenerateShard,
  type ShardOutcome,
} from './commands/run-generate.js';
export { type LabelOutcome, runLabel, runLabelShard } from './commands/run-label.js';
export { runReferenceShard } from './commands/run-reference-shard.js';
export { runReward } from './commands/run-reward.js';
export { runSft } from './commands/run-sft.js';
export { runTrain } from './commands/run-train.js';
export { type FileCommandName, storedSettings, writesFile } from './commands/stored-settings.js';
export {
  type FileContext,
  type PipelineProgress,
  type RunContext,
  runContext,
  type StepContext,
  stepContext,
} from './context.js';
export {
  type Corpus,
  type CorpusExample,
  type CorpusSummary,
  type CorpusTokenizer,
  examplesOf,
  responseText,
} from './corpus/corpus.js';
export { openCorpus, saveCorpus } from './corpus/corpus-folder.js';
export { type CorpusRequest, corpusRequest, type Wanted } from './corpus/corpus-request.js';
export { type GeneratedResponse, readGenerated } from './corpus/generated-responses.js';
export { type ModelText, openModelText, savedText, textLayer } from './corpus/model-text.js';
export { prepareCorpus } from './corpus/prepare-corpus.js';
export { isPreparedFolder, sourceLayer } from './corpus/prepared-folder.js';
export { type ExportRequest, exportModel } from './export/export-model.js';
export type { ModelForm } from './export/model-card.js';
export {
  type PreparedPush,
  type PushedFile,
  type PushRequest,
  preparePush,
} from './export/push-model.js';
export type { StoredAs } from './export/stored-as.js';
export { findModel } from './models/find-model.js';
export {
  type ListedModel,
  listModels,
  type PulledModel,
  type PullOptions,
  type PullProgress,
  pullModel,
} from './models/pull-model.js';
export { pairsOfCorpus } from './pairs/pairs-of-corpus.js';
export type { PreferencePairs } from './pairs/preference-pairs.js';
export { readPairs } from './pairs/read-pairs.js';
export { type PairsPart, pairKeys, splitPairs } from './pairs/split-pairs.js';
export {
  type ChosenObjective,
  type ChosenSettings,
  chooseObjective,
  objectiveNames,
  tryObjective,
  withObjective,
} from './registries/objectives.js';
export { allowing, outsideNames, requireAllowed } from './registries/outside-names.js';
export { loadPlugin } from './registries/plugin-module.js';
export {
  isScorerName,
  type OpenScorer,
  type OpenScorerOptions,
  openScorer,
  openScorerOfResponses,
} from './registries/scorers.js';
export { isAddress, isLanguageModel } from './settings/model-settings.js';
export { learnOnline, type OnlineRun } from './steps/learn-online.js';
export { type PairSet, type PreferenceRun, prefer } from './steps/prefer.js';
export {
  type EvaluationsPlan,
  evaluationsAlong,
  type RecordedEvaluation,
  type RecordedResponse,
  readEvaluations,
} from './steps/recorded-evaluations.js';
export { type SupervisedRun, supervise, tokensOnly } from './steps/supervise.js';
export { type JudgeOutcome, type JudgeRun, trainJudge } from './steps/train-judge.js';
export { evaluationSteps, type Run, runSteps, trainingOptions } from './steps/training-options.js';
export {
  agreementWithLabels,
  type JudgedPair,
  reportUsage,
  tryJudge,
} from './steps/trusted-judge.js';
