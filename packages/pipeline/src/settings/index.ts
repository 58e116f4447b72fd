export { PipelineError, type PipelineErrorCode } from '../errors.js';
export {
  type CommandName,
  commandNames,
  type PresetName,
  presetNames,
  type Settings,
  type SplitName,
  splitNames,
} from './command-settings.js';
export { type EvaluationSettings, evaluationFields, nearestToShare } from './evaluation-settings.js';
export { commandFlags, flagLayer, flagName, layerOfFlags } from './flags.js';
export {
  type AgreementSettings,
  type ApiSettings,
  type JudgingSettings,
  judgingFields,
  judgingFlags,
  type LanguageModelJudgeSettings,
  usualJudging,
  withoutPractice,
} from './judge-settings.js';
export { NEW_MODEL, type ShapeSettings, shapeFields } from './model-settings.js';
export { moduleOf, type NamedModule } from './module-name.js';
export {
  type ImportanceOptionsSettings,
  type ImportanceSettings,
  type ObjectiveSettings,
  objectiveFields,
  objectiveOptions,
  plainObjective,
  type SmoothingSettings,
} from './objective-settings.js';
export { parseYaml } from './parse-yaml.js';
export { presetSettings } from './presets.js';
export {
  besideFile,
  pathBeside,
  readCommandLayer,
  readSettings,
  type SettingsLayers,
  settingsFileSchema,
  settingsJsonSchema,
} from './read-settings.js';
export {
  type Learning,
  MAX_GRADIENT_NORM,
  paperOnline,
  type Scale,
  type ScaleName,
  scaleNames,
  scales,
} from './scales.js';
export {
  count,
  type Fields,
  type FlaggedSetting,
  flaggedSettings,
  fraction,
  keysAt,
  layerSchema,
  name,
  setting,
  whole,
} from './setting.js';
export {
  assignment,
  checkLayer,
  isLayer,
  type Layer,
  mergeLayer,
  nested,
  readSettingsFile,
} from './settings-file.js';
export {
  builtInSources,
  type DataSettings,
  dataFields,
  type TextSettings,
  textFields,
} from './text-settings.js';
export {
  type SelectionSettings,
  selectionFields,
  type TrainingSettings,
  trainingFields,
} from './training-settings.js';
