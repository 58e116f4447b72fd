import { z } from 'zod';
import { type EvaluationSettings, evaluationFields } from './evaluation-settings.js';
import { type ApiSettings, type JudgingSettings, judgingFields } from './judge-settings.js';
import { modelField, type StartingModelSettings, startingModelFields } from './model-settings.js';
import { type ObjectiveSettings, objectiveFields } from './objective-settings.js';
import { count, type Fields, fraction, headed, name, setting, whole } from './setting.js';
import { type TextSettings, textFields } from './text-settings.js';
import {
  type SelectionSettings,
  selectionFields,
  type TrainingSettings,
  trainingFields,
} from './training-settings.js';

/** The presets, from the smallest to the largest, and that of models that were trained elsewhere. */
export const presetNames = ['tiny', 'small', 'paper', 'pretrained'] as const;
/** The name of a preset. */
export type PresetName = (typeof presetNames)[number];

/** The purposes of records; a built-in source has separate records for each, other text is held out or not. */
export const splitNames = ['supervised', 'reward', 'preference', 'evaluation'] as const;
/** The name of a part of the corpus. */
export type SplitName = (typeof splitNames)[number];

/** Settings of every command. */
export interface CommonSettings {
  readonly preset?: PresetName | undefined;
  readonly seed: number;
  readonly backend?: 'native' | 'native-gpu' | 'webgpu' | 'wasm' | 'cpu' | undefined;
}

/** Settings of the commands that train. */
interface TrainingCommandSettings extends CommonSettings, TextSettings, StartingModelSettings {
  readonly training: TrainingSettings;
  readonly selection?: SelectionSettings | undefined;
}

export interface SftSettings extends TrainingCommandSettings {
  readonly evaluation: EvaluationSettings;
  readonly promptWeight: number;
}

/** How pairs are read that have other columns than the source, or text in another form. */
interface PairsTextSettings {
  readonly pairColumns?: TextSettings['columns'];
  readonly pairTemplate?: TextSettings['template'];
}

/** Where preference pairs come from, and how many of them are held out. */
interface PairsSettings extends PairsTextSettings {
  readonly pairs?: string | undefined;
  readonly retokenize: boolean;
  readonly validationFraction: number;
}

export interface RewardSettings extends TrainingCommandSettings, PairsSettings {
  readonly validationPoints: number;
  readonly centering: number;
}

export interface TrainSettings
  extends TrainingCommandSettings,
    PairsSettings,
    ObjectiveSettings,
    JudgingSettings {
  readonly evaluation: EvaluationSettings;
  readonly referenceSync?: ReferenceSyncSettings | undefined;
  readonly online: boolean;
  readonly samples: number;
  readonly missingEndPenalty: number;
  readonly labels: 'mode' | 'bradley-terry';
  readonly scorer?: string | undefined;
}

export interface ReferenceSyncSettings {
  readonly every: number;
  readonly mixup?: number | undefined;
}

export interface GenerateSettings extends CommonSettings, TextSettings {
  readonly model: string;
  readonly split: SplitName;
  readonly prompts?: number | undefined;
  readonly samples: number;
  readonly temperature: number;
  readonly topK?: number | undefined;
  readonly topP?: number | undefined;
  readonly tokenizer?: string | undefined;
  readonly system?: string | undefined;
  readonly api: ApiSettings;
}

export interface LabelSettings extends CommonSettings, Omit<JudgingSettings, 'agreement'> {
  readonly responses: string;
  readonly scorer: string;
  readonly retokenize: boolean;
  readonly rule: 'mode' | 'bradley-terry';
  readonly temperature: number;
  readonly noise: number;
  readonly ties: 'drop' | 'random';
  readonly tieTolerance: number;
  readonly batchSize: number;
}

export interface EvaluateSettings extends CommonSettings, TextSettings, PairsTextSettings, JudgingSettings {
  readonly model: string;
  readonly reference?: string | undefined;
  readonly scorer?: string | undefined;
  readonly pairs?: string | undefined;
  readonly retokenize: boolean;
  readonly validationFraction: number;
  readonly split: SplitName;
  readonly prompts: number;
  readonly klPrompts: number;
  readonly temperature: number;
}

export interface ChatSettings extends Pick<CommonSettings, 'seed' | 'backend'> {
  readonly model: string;
  readonly chatTemplate?: TextSettings['chatTemplate'];
  readonly templateVariables?: TextSettings['templateVariables'];
  readonly system?: string | undefined;
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly topK?: number | undefined;
  readonly topP?: number | undefined;
}

interface SettingsByCommand {
  readonly sft: SftSettings;
  readonly reward: RewardSettings;
  readonly train: TrainSettings;
  readonly generate: GenerateSettings;
  readonly label: LabelSettings;
  readonly evaluate: EvaluateSettings;
  readonly chat: ChatSettings;
}

/** The name of a command that has settings. */
export type CommandName = keyof SettingsByCommand;
/** The settings of a command, complete. */
export type Settings<Command extends CommandName> = SettingsByCommand[Command];

const commonFields: Fields<CommonSettings> = headed('Run', {
  preset: setting(
    z.enum(presetNames).optional(),
    'Sets every default: tiny (minutes on two cores), small (hours), paper (GPUs), each with a model and text of its own, or pretrained (a model that was trained elsewhere).',
    {
      flag: '--preset <name>',
      brief: `all defaults: ${presetNames.slice(0, -1).join(', ')}, or ${presetNames.at(-1)}`,
    },
  ),
  seed: setting(whole.default(1), 'Seed of everything random.', {
    flag: '--seed <number>',
    brief: 'seed of everything random',
  }),
  backend: setting(
    z.enum(['native', 'native-gpu', 'webgpu', 'wasm', 'cpu']).optional(),
    'TensorFlow.js back end; by default the preset’s, or the fastest one that works.',
    { flag: '--backend <name>', brief: 'native-gpu, native, webgpu, wasm, or cpu' },
  ),
});

const trainingCommandFields: Fields<TrainingCommandSettings> = {
  ...commonFields,
  ...textFields,
  ...startingModelFields,
  training: setting(z.strictObject(trainingFields), 'Optimization.') as z.ZodType<TrainingSettings>,
  selection: setting(
    z.strictObject(selectionFields).optional(),
    'Which checkpoint is kept as the best, besides the newest, and when to end early.',
  ),
};

const evaluation = setting(
  z.strictObject(evaluationFields),
  'Measurements along the run.',
) as z.ZodType<EvaluationSettings>;

const retokenize = setting(
  z.boolean().default(false),
  'Turn tokens of another tokenizer into text and tokenize that again, instead of refusing them.',
  '--retokenize',
);

const scorer = setting(
  name,
  'Judge: a reward model (a run, a folder, or owner/name), oracle (synthetic text), facts (the source facts), openai:MODEL, an address that answers as httpScorer asks, ./judge.js, or an installed package.',
  { flag: '--scorer <judge>', brief: 'a run of ais reward, or another judge', heading: 'Judge' },
);
const optionalScorer = setting(scorer.optional(), scorer.description ?? '', {
  flag: '--scorer <judge>',
  brief: 'a run of ais reward, or another judge',
  heading: 'Evaluation',
});

const validationFraction = setting(
  z.number().min(0).lt(1).default(0.1),
  'Share of the prompts whose pairs are held out of training and measured instead.',
  '--validation-fraction <share>',
);

const pairsTextFields: Fields<PairsTextSettings> = headed('Data', {
  pairColumns: setting(
    textFields.columns,
    'Which column of the pairs is which field, where that differs from the source’s: prompt=question,chosen=better. With --pairs and without --source, --columns means the same.',
    '--pair-columns <names>',
  ),
  pairTemplate: setting(
    textFields.template,
    'How a pair becomes text, where that differs from the source’s, as --template says. With --pairs and the source of the model’s run, --template means the same.',
    '--pair-template <name>',
  ),
});

const pairsFields: Fields<PairsSettings> = headed('Data', {
  pairs: setting(
    name.optional(),
    'Preference pairs, or labeled responses (prompt, completion, label) for kto: a file in any format of --source, a folder of ais data build, owner/name on the Hub, or owner/name:split; made from the source by default.',
    { flag: '--pairs <name>', brief: 'preference pairs: a file, a folder, owner/name' },
  ),
  ...pairsTextFields,
  retokenize,
  validationFraction,
});

const sftFields: Fields<SftSettings> = headed('Optimization', {
  ...trainingCommandFields,
  evaluation,
  promptWeight: setting(
    fraction.default(0),
    'Weight of a prompt token, where a response token has weight 1.',
    '--prompt-weight <number>',
  ),
});

const rewardFields: Fields<RewardSettings> = headed('Optimization', {
  ...trainingCommandFields,
  ...pairsFields,
  validationPoints: setting(
    whole.default(0),
    'Measurements along the run after the one at its start; 0 for one at its end only.',
  ),
  centering: setting(
    z.number().nonnegative().default(0),
    'Coefficient of the term that keeps scores near 0.',
    '--centering <number>',
  ),
});

const trainFields: Fields<TrainSettings> = headed('Objective', {
  ...trainingCommandFields,
  ...objectiveFields,
  ...pairsFields,
  evaluation,
  referenceSync: setting(
    z
      .strictObject({
        every: setting(count, 'Updates between two moves.'),
        mixup: setting(
          z.number().gt(0).max(1).optional(),
          'Share of the policy in the new reference; 0.6 by default.',
        ),
      })
      .optional(),
    'Move the reference toward the policy along the run; by default it stays as it is.',
  ),
  online: setting(
    z.boolean().default(false),
    'Learn from samples of the policy itself, which the scorer labels.',
    '--online',
  ),
  samples: setting(
    count.default(2),
    'Samples per prompt, k, of objectives over samples.',
    '--samples <number>',
  ),
  missingEndPenalty: setting(
    z.number().nonnegative().default(0),
    'Subtracted from the reward of a sample that did not end by itself.',
  ),
  labels: setting(z.enum(['mode', 'bradley-terry']).default('mode'), 'How rewards become labels online.'),
  scorer: optionalScorer,
  ...judgingFields,
});

const split = (which: SplitName) =>
  setting(
    z.enum(splitNames).default(which),
    'Whose prompts: supervised, reward, preference, or evaluation. Text of your own has two: evaluation is held out, and the others are the rest.',
    { flag: '--split <name>', brief: 'whose prompts; evaluation is held out' },
  );

const topK = setting(count.optional(), 'Draw among the k most probable tokens only.', '--top-k <number>');
const topP = setting(
  z.number().gt(0).max(1).optional(),
  'Draw among the fewest tokens whose probabilities add up to p.',
  { flag: '--top-p <number>', brief: 'draw among the likeliest tokens only' },
);

const generateFields: Fields<GenerateSettings> = headed('Sampling', {
  ...commonFields,
  ...textFields,
  model: setting(
    name,
    'A run folder, one of its checkpoints, a folder in Hugging Face layout, owner/name on the Hub, or openai:MODEL.',
    { flag: '--model <name>', brief: 'a run, a folder, owner/name, openai:MODEL', heading: 'Model' },
  ),
  split: split('preference'),
  prompts: setting(count.optional(), 'How many prompts; all of them by default.', {
    flag: '--prompts <number>',
    brief: 'how many prompts',
  }),
  samples: setting(count.default(2), 'Responses per prompt.', {
    flag: '--samples <number>',
    brief: 'responses per prompt',
  }),
  temperature: setting(z.number().nonnegative().default(1), '0 is greedy.', {
    flag: '--temperature <number>',
    brief: '0 is greedy',
  }),
  topK,
  topP,
  tokenizer: setting(
    name.optional(),
    'A model whose text openai:MODEL is to answer: its run’s source and template, with prompts shortened by its tokenizer as it sees them; prompts are whole by default.',
    '--tokenizer <model>',
  ),
  system: setting(name.optional(), 'System message for openai:MODEL.', {
    flag: '--system <text>',
    brief: 'system message',
  }),
  api: judgingFields.api,
});

const labelFields: Fields<LabelSettings> = headed('Labels', {
  ...commonFields,
  responses: setting(name, 'What ais generate wrote, with two samples per prompt.', {
    flag: '--responses <file>',
    brief: 'what ais generate wrote',
    heading: 'Data',
  }),
  scorer,
  api: judgingFields.api,
  judge: judgingFields.judge,
  retokenize,
  rule: setting(
    z.enum(['mode', 'bradley-terry']).default('mode'),
    'mode (the higher score is preferred) or bradley-terry (drawn by the difference of scores).',
    { flag: '--rule <name>', brief: 'mode, or bradley-terry' },
  ),
  temperature: setting(z.number().positive().default(1), 'Temperature of Bradley–Terry labels.'),
  noise: setting(
    z.number().min(0).max(0.5).default(0),
    'Share of the labels that are flipped.',
    '--noise <share>',
  ),
  ties: setting(
    z.enum(['drop', 'random']).default('drop'),
    'drop leaves a tie out; random lets a fair coin decide.',
    { flag: '--ties <rule>', brief: 'drop, or random' },
  ),
  tieTolerance: setting(
    z.number().nonnegative().default(0),
    'Scores that differ by no more than this are a tie.',
    '--tie-tolerance <number>',
  ),
  batchSize: setting(count.default(32), 'Responses scored at once.', '--batch-size <number>'),
});

const evaluateFields: Fields<EvaluateSettings> = headed('Evaluation', {
  ...commonFields,
  ...textFields,
  model: modelField,
  reference: setting(name.optional(), 'The model that the KL is measured from.', {
    flag: '--reference <name>',
    brief: 'the model that KL is measured from',
    heading: 'Model',
  }),
  scorer: optionalScorer,
  ...judgingFields,
  pairs: setting(
    name.optional(),
    'Pairs whose held-out prompts are evaluated on, instead of a source; by default those of the model’s run.',
    { flag: '--pairs <name>', brief: 'preference pairs: a file, a folder, owner/name' },
  ),
  ...pairsTextFields,
  retokenize,
  validationFraction,
  split: split('evaluation'),
  prompts: setting(count, 'How many prompts, at most.', {
    flag: '--prompts <number>',
    brief: 'how many prompts',
  }),
  klPrompts: setting(whole, 'How many of them the exact KL is measured on.', {
    flag: '--kl-prompts <number>',
    brief: 'prompts that the exact KL is measured on',
  }),
  temperature: setting(
    z.number().nonnegative().default(0.01),
    'Temperature of the judged responses; 0 is greedy.',
    { flag: '--temperature <number>', brief: '0 is greedy' },
  ),
});

const chatFields: Fields<ChatSettings> = headed('Sampling', {
  seed: commonFields.seed,
  backend: setting(commonFields.backend, 'TensorFlow.js back end; by default the fastest one that works.', {
    flag: '--backend <name>',
    brief: 'native-gpu, native, webgpu, wasm, or cpu',
    heading: 'Run',
  }),
  model: modelField,
  chatTemplate: textFields.chatTemplate,
  templateVariables: textFields.templateVariables,
  system: setting(name.optional(), 'System message: how the model is to answer.', {
    flag: '--system <text>',
    brief: 'system message',
  }),
  maxNewTokens: setting(count.default(512), 'Longest answer.', {
    flag: '--max-new-tokens <number>',
    brief: 'longest answer',
  }),
  temperature: setting(
    z.number().nonnegative().default(0.7),
    '0 is greedy, 1 draws as the model was trained.',
    { flag: '--temperature <number>', brief: '0 is greedy' },
  ),
  topK,
  topP,
});

const fields: { readonly [Command in CommandName]: Fields<Settings<Command>> } = {
  sft: sftFields,
  reward: rewardFields,
  train: trainFields,
  generate: generateFields,
  label: labelFields,
  evaluate: evaluateFields,
  chat: chatFields,
};

/** The commands that have settings. */
export const commandNames: readonly CommandName[] = Object.keys(fields) as CommandName[];

const schemas = Object.fromEntries(
  commandNames.map((command) => [command, z.strictObject(fields[command] as Record<string, z.ZodType>)]),
) as { readonly [Command in CommandName]: z.ZodObject };

/** The schema of a command's settings. */
export function settingsSchema(command: CommandName): z.ZodObject {
  return schemas[command];
}
