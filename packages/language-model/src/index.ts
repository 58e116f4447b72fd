export type { AnyTokens } from './batch/given-tokens.js';
export type { PairTokens, PromptResponse, WeightedSequence } from './batch/sequences.js';
export { companionNames } from './checkpoint/companion-files.js';
export { convertAdapterWeights, convertWeights } from './checkpoint/convert-weights.js';
export { downloadPretrained } from './checkpoint/download-pretrained.js';
export type { LocateOptions } from './checkpoint/find-model.js';
export type { WeightDtype } from './checkpoint/float-formats.js';
export { locateModel } from './checkpoint/model-folder.js';
export type { GivenFiles, ModelSource } from './checkpoint/model-source.js';
export { locateAdapter } from './checkpoint/peft/find-adapter.js';
export { restoreLora } from './checkpoint/peft/restore-lora.js';
export {
  type AdapterToSave,
  adapterFiles,
  type SaveAdapterOptions,
  saveAdapter,
} from './checkpoint/peft/save-adapter.js';
export { type LoadOptions, loadPretrained, modelFiles, savePretrained } from './checkpoint/pretrained.js';
export { loadRewardModel, saveRewardModel } from './checkpoint/pretrained-reward-model.js';
export { weightNames } from './checkpoint/shards.js';
export { storedModelSize } from './checkpoint/stored-model-size.js';
export type { SaveOptions } from './checkpoint/write-checkpoint.js';
export {
  CheckpointError,
  type CheckpointErrorCode,
  LanguageModelError,
  type LanguageModelErrorCode,
} from './errors.js';
export type {
  Architecture,
  ConfigurationOptions,
  ModelConfiguration,
} from './families/architecture.js';
export type { GptNeoxConfiguration, GptNeoxOptions } from './families/gpt-neox/configuration.js';
export { type ModelSize, modelSize } from './families/model-size.js';
export type { FileContent } from './files/blobs.js';
export type {
  GeneratedToken,
  GenerateOptions,
  GenerateProgress,
  Generation,
} from './generation/generation.js';
export type {
  CausalLanguageModel,
  PairCertainty,
  PairLogProbs,
  PairLogProbsOptions,
  PairLogProbsWith,
  PairReference,
  PairTokenLogProbs,
  ResponseLogitRows,
  RewardModel,
} from './model/causal-language-model.js';
export { type CreateModelOptions, createModel } from './model/create-model.js';
export { addLora, effectiveParameter, type LoraAdapter, type LoraOptions } from './model/lora.js';
export { createRewardModel } from './model/reward-model.js';
export { defaultMemoryBudget } from './network/memory-budget.js';
