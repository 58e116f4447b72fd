/** What every command is told. */
export interface CommonSettings {
  readonly preset: 'tiny' | 'small' | 'paper';
  /** `synthetic`, `debian`, a file (JSONL, Parquet), or `owner/name` of a data set on the Hub. */
  readonly source: string;
  readonly seed: number;
  readonly backend: 'native' | 'native-gpu' | 'webgpu' | 'wasm' | 'cpu';
}

/** The GPT-NeoX model that is made where no model is given. */
export interface ShapeSettings {
  readonly vocabularySize: number;
  readonly layerCount: number;
  readonly hiddenSize: number;
  readonly headCount: number;
  readonly initializerRange: number;
}

export interface DataSettings {
  readonly records: number;
  readonly heldOut: number;
  readonly maxPromptTokens: number;
  /** End-of-text included. */
  readonly maxResponseTokens: number;
}

export interface OptimizationSettings {
  /** One of `epochs` and `steps` stands. */
  readonly epochs?: number | undefined;
  readonly steps?: number | undefined;
  readonly batchSize: number;
  readonly microBatchSize: number;
  readonly learningRate: number;
  readonly schedule: 'constant' | 'linear' | 'cosine';
  readonly minimumRatio: number;
  /** At most one of `warmupSteps` and `warmupFraction` stands. */
  readonly warmupSteps?: number | undefined;
  readonly warmupFraction?: number | undefined;
  readonly adamBeta1: number;
  readonly adamBeta2: number;
  readonly adamEpsilon: number;
  readonly weightDecay: number;
  readonly maxGradientNorm?: number | undefined;
  readonly checkpointEvery?: number | undefined;
  readonly keepCheckpoints: number;
  readonly lora?: { readonly rank: number; readonly alpha?: number | undefined } | undefined;
  /** Parameters that stay as they are: names, with * for any part of one. */
  readonly freeze?: readonly string[] | undefined;
  readonly skipNonFinite?: number | undefined;
  readonly tensorBoard?: boolean | undefined;
}

/** Which checkpoint is kept as the best, and when a run ends early. */
export interface SelectionSettings {
  readonly metric?: string | undefined;
  readonly mode?: 'max' | 'min' | undefined;
  readonly klBudget?: number | undefined;
  readonly patience?: number | undefined;
}

export interface ReferenceSyncSettings {
  readonly every: number;
  readonly mixup?: number | undefined;
}

export interface EvaluationSettings {
  readonly points: number;
  readonly prompts: number;
  readonly klPrompts: number;
  readonly temperature: number;
}

/** What the training commands share. */
export interface TrainingCommandSettings extends CommonSettings {
  readonly model?: string | undefined;
  readonly shape: ShapeSettings;
  readonly data: DataSettings;
  readonly training: OptimizationSettings;
  readonly selection?: SelectionSettings | undefined;
}

export interface SftSettings extends TrainingCommandSettings {
  readonly evaluation: EvaluationSettings;
  readonly promptWeight: number;
}

export interface RewardSettings extends TrainingCommandSettings {
  readonly pairs?: string | undefined;
  readonly validationFraction: number;
  readonly validationPoints: number;
  readonly centering: number;
}

export interface TrainSettings extends TrainingCommandSettings {
  readonly evaluation: EvaluationSettings;
  readonly pairs?: string | undefined;
  readonly validationFraction: number;
  readonly referenceSync?: ReferenceSyncSettings | undefined;
  readonly objective: string;
  readonly objectiveOptions: Readonly<Record<string, string | number | boolean>>;
  readonly beta: number;
  /** Importance weights: none, α = 1/|y|, α = 1/√|y|, or a fixed α. */
  readonly importance: 'none' | 'inverse-length' | 'inverse-sqrt-length' | number;
  readonly behavior: 'data' | 'reference';
  readonly online: boolean;
  readonly samples: number;
  readonly missingEndPenalty: number;
  readonly labels: 'mode' | 'bradley-terry';
  readonly scorer?: string | undefined;
}

export type SplitSetting = 'supervised' | 'reward' | 'preference' | 'evaluation';

export interface GenerateSettings extends CommonSettings {
  readonly model: string;
  readonly data: DataSettings;
  readonly split: SplitSetting;
  readonly prompts: number;
  readonly samples: number;
  readonly temperature: number;
  readonly topK?: number | undefined;
  readonly topP?: number | undefined;
}

export interface LabelSettings extends CommonSettings {
  readonly responses: string;
  readonly scorer: string;
  readonly rule: 'mode' | 'bradley-terry';
  readonly temperature: number;
  readonly noise: number;
  readonly ties: 'drop' | 'random';
  readonly tieTolerance: number;
  readonly batchSize: number;
}

export interface EvaluateSettings extends CommonSettings {
  readonly model: string;
  readonly reference?: string | undefined;
  readonly scorer?: string | undefined;
  readonly data: DataSettings;
  readonly split: SplitSetting;
  readonly prompts: number;
  readonly klPrompts: number;
  readonly temperature: number;
}

interface SettingsByCommand {
  readonly sft: SftSettings;
  readonly reward: RewardSettings;
  readonly train: TrainSettings;
  readonly generate: GenerateSettings;
  readonly label: LabelSettings;
  readonly evaluate: EvaluateSettings;
}

export type CommandName = keyof SettingsByCommand;
export type Settings<Name extends CommandName> = SettingsByCommand[Name];
