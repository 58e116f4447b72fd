export type {
  CausalLanguageModel,
  GeneratedToken,
  GenerateOptions,
  GenerateProgress,
  Generation,
  PairCertainty,
  PairLogProbs,
  PairLogProbsOptions,
  PairLogProbsWith,
  PairReference,
  PairTokens,
  PromptResponse,
  ResponseLogitRows,
  RewardModel,
  WeightedSequence,
} from './causal-language-model.js';
export {
  type GptNeoxConfiguration,
  type GptNeoxOptions,
  gptNeoxConfiguration,
  parameterCount,
} from './configuration.js';
export { type CreateModelOptions, createModel } from './create-model.js';
export { type DownloadProgress, downloadPretrained, type HubOptions } from './download-pretrained.js';
export {
  CheckpointError,
  type CheckpointErrorCode,
  type CheckpointFault,
  LanguageModelError,
  type LanguageModelErrorCode,
} from './errors.js';
export { type LoadOptions, loadPretrained, savePretrained } from './pretrained.js';
export { PYTHIA_SIZES, type PythiaSize, pythiaConfiguration } from './pythia-configuration.js';
export { createRewardModel, loadRewardModel, saveRewardModel } from './reward-model.js';
export {
  openSafetensors,
  type SafetensorsFile,
  type TensorToWrite,
  writeSafetensors,
} from './safetensors.js';
export type { SafetensorsEntry } from './safetensors-header.js';
export type { SaveOptions } from './write-checkpoint.js';
