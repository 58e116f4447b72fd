import {
  checkLayer,
  count,
  dataFields,
  evaluationFields,
  type Fields,
  type JudgingSettings,
  judgingFields,
  layerSchema,
  name,
  objectiveFields,
  objectiveOptions,
  type ShapeSettings,
  scaleNames,
  setting,
  shapeFields,
  type TextSettings,
  type TrainingSettings,
  textFields,
  trainingFields,
  whole,
} from '@ais/pipeline/settings';
import { z } from 'zod';
import { preferenceData, type StudyScale } from '../data/study-data.js';
import type { StudyMethod } from '../data/study-method.js';
import type { StudyRunSettings } from '../data/study-run-settings.js';
import { StudyError } from '../errors.js';
import { type ControlName, controls } from '../methods/methods.js';
import { checkExactSettings } from './check-exact-settings.js';
import { type ExactStudySettings, exactStudy } from './exact-settings.js';
import { runConflict } from './run-conflict.js';

/** The shape of a model with random weights; its vocabulary is the corpus's. */
export type ModelShape = Omit<ShapeSettings, 'vocabularySize'>;

/** A model that exists already: a folder, or a repository of the Hub, in Hugging Face's layout. */
export interface PretrainedModel {
  readonly pretrained: string;
}

export type StudyModel = ModelShape | PretrainedModel;

export interface SupervisedSettings extends TrainingSettings {
  /** Weight of a prompt token, where a response token has weight 1. */
  readonly promptWeight: number;
}

/** A reward model's training: how, and how many pairs are kept to measure it. */
export interface JudgeSettings {
  readonly training: TrainingSettings;
  readonly validationFraction: number;
}

export interface GoldSettings extends JudgeSettings {
  readonly model: StudyModel;
  /** How that is trained on the supervised split first. */
  readonly supervised: SupervisedSettings;
  readonly judge: string;
}

type Data = TextSettings['data'];

export interface StudyCorpusSettings
  extends Pick<Data, 'maxPromptTokens' | 'maxResponseTokens' | 'longPrompts' | 'longResponses'> {
  readonly seed: number;
  readonly supervised?: number | undefined;
  readonly reward?: number | undefined;
  readonly preference?: number | undefined;
  readonly evaluation?: number | undefined;
  readonly vocabularySize: number;
  readonly splits?:
    | Readonly<Record<'supervised' | 'reward' | 'preference' | 'evaluation', string>>
    | undefined;
}

export interface StudyEvaluationSettings {
  readonly points: number;
  readonly prompts?: number | undefined;
  readonly allPromptsAt?: readonly number[] | undefined;
  readonly klPrompts: number;
  readonly temperature: number;
  readonly klTemperature?: number | undefined;
  readonly otherTemperature?: number | undefined;
  readonly against?: 'references' | 'start' | undefined;
  readonly largerBeta?: 'along' | 'end' | undefined;
  readonly secondJudge?: 'prose' | undefined;
  readonly weightedPairs: number;
}

/** What a scale decides: everything but the runs. */
export interface ScaleSettings
  extends Pick<TextSettings, 'columns' | 'template' | 'templateVariables'>,
    JudgingSettings {
  readonly source: string;
  /** The back end that the scale is meant for. */
  readonly backend: string;
  readonly corpus: StudyCorpusSettings;
  readonly policy: StudyModel;
  readonly supervised: SupervisedSettings;
  readonly gold: GoldSettings;
  /** Held for all methods. */
  readonly preference: TrainingSettings;
  readonly shift: { readonly beta: number; readonly early: number; readonly late: number | 'best' };
  readonly online: {
    readonly training: TrainingSettings;
    readonly samples: number;
    readonly proxy: JudgeSettings;
  };
  readonly evaluation: StudyEvaluationSettings;
}

/** A study as plain JSON: what decides its outcome, on one back end, to the last digit. */
export interface PolicyStudySettings extends ScaleSettings {
  readonly study: string;
  readonly scale: StudyScale;
  /** A seed drives what is done with SFT policy and gold model: sampled pairs, order of training, samples to evaluate. */
  readonly seeds: readonly number[];
  /** Numbers of seeds at which claims are judged, rising, the last one all; the study ends at the first that leaves none open. */
  readonly looks?: readonly number[] | undefined;
  /** The β at which each method is run, instead of those of the study. */
  readonly betas?: readonly number[] | undefined;
  /** Controls that were added to the runs, beside AIS-DPO. */
  readonly controls?: readonly ControlName[] | undefined;
  readonly runs: readonly StudyRunSettings[];
}

/** A study that trains nothing, as plain JSON. */
export interface MixtureStudySettings {
  readonly study: string;
  readonly scale: StudyScale;
  readonly seeds: readonly number[];
  /** Sampled pairs that each loss is a mean of. */
  readonly pairs: number;
}

/** The settings of a study of whatever kind, complete. */
export type StudySettings = MixtureStudySettings | ExactStudySettings | PolicyStudySettings;

const { source, columns, template, templateVariables } = textFields;
const { maxPromptTokens, maxResponseTokens, longPrompts, longResponses } = dataFields;
const { points, klPrompts } = evaluationFields;
const { vocabularySize, ...shape } = shapeFields;
const { objective, behavior, importance } = objectiveFields;

const share = z.number().gt(0).max(1);

const model: z.ZodType<StudyModel> = z.union([
  z.strictObject({ pretrained: setting(name, 'A folder, or owner/name on the Hub.') }),
  z.strictObject(shape as Fields<ModelShape>),
]);

const training: z.ZodType<TrainingSettings> = z.strictObject(trainingFields);

const supervised: z.ZodType<SupervisedSettings> = z.strictObject({
  ...trainingFields,
  promptWeight: setting(
    z.number().min(0).max(1).default(0),
    'Weight of a prompt token, where a response token has weight 1.',
  ),
});

const judgeFields: Fields<JudgeSettings> = {
  training,
  validationFraction: setting(z.number().gt(0).lt(1), 'Share of the pairs that is held out to measure it.'),
};

const records = (what: string) =>
  setting(whole.optional(), `Records ${what}; by default all there are, for text that is not built in.`);

const corpusFields: Fields<StudyCorpusSettings> = {
  seed: setting(
    whole.default(1),
    'Decides which record goes where, the text of the synthetic source, and the SFT policy and the gold model, for all seeds alike.',
  ),
  supervised: records('of SFT; 0 for a policy that starts as it is'),
  reward: records('of the gold model; 0 for a judge that needs no training'),
  preference: records('whose prompts the pairs answer'),
  evaluation: records('to evaluate on'),
  vocabularySize,
  maxPromptTokens,
  maxResponseTokens,
  longPrompts,
  longResponses,
  splits: setting(
    z.strictObject({ supervised: name, reward: name, preference: name, evaluation: name }).optional(),
    'Of a data set that is split already: the split that each step reads.',
  ),
};

const method: z.ZodType<StudyMethod> = z.strictObject({
  title: setting(name, 'What legends and tables show; unique in a study.'),
  objective,
  objectiveOptions: objectiveOptions.optional(),
  importance,
  behavior: setting(z.enum(['data', 'reference']).optional(), behavior.description ?? ''),
});

const run: z.ZodType<StudyRunSettings> = z.strictObject({
  method,
  beta: z.number().positive(),
  data: z.enum(preferenceData),
  training: (layerSchema(training) as z.ZodType<Partial<TrainingSettings>>).optional(),
});

const scaleFields: Fields<ScaleSettings> = {
  source: setting(name, source.description ?? ''),
  columns,
  template,
  templateVariables,
  backend: setting(name, 'TensorFlow.js back end.'),
  corpus: z.strictObject(corpusFields),
  policy: setting(model, 'The policy: a shape with random weights, or { pretrained }.'),
  supervised: setting(supervised, 'SFT of the policy.'),
  gold: setting(
    z.strictObject({
      ...judgeFields,
      model: setting(model, 'What the gold model starts from.'),
      supervised: setting(supervised, 'SFT of that.'),
      judge: setting(
        name,
        'Who judges. A gold reward model is trained on pairs that oracle orders (synthetic text only), on human (the reference response over a sample), or on comparisons (a file, or owner/name on the Hub); http://…, openai:MODEL, ./judge.js, or the folder of a reward model judge by themselves.',
      ),
    }),
    'The judge of all policies.',
  ) as z.ZodType<GoldSettings>,
  ...judgingFields,
  preference: setting(training, 'Preference training, held for all methods.'),
  shift: setting(
    z.strictObject({ beta: z.number().positive(), early: share, late: z.union([share, z.literal('best')]) }),
    'The DPO run whose checkpoints D2 and D3 are sampled from: its β, and the shares of the run after which; with late: best, D3 from that with the highest win rate, and D2 from one half-way there.',
  ),
  online: setting(
    z.strictObject({
      training: setting(training, 'An example is a prompt, with `samples` responses.'),
      samples: setting(count, 'Responses per prompt.'),
      proxy: setting(
        z.strictObject(judgeFields),
        'The reward model that they learn from, trained on the labeled pairs.',
      ),
    }),
    'Methods that learn from their own samples.',
  ) as z.ZodType<ScaleSettings['online']>,
  evaluation: setting(
    z.strictObject({
      points,
      prompts: setting(
        count.optional(),
        'Prompts of an evaluation; all there are by default, and in any case at the start, the end, and allPromptsAt.',
      ),
      allPromptsAt: setting(
        z.array(share).optional(),
        'Shares of training at which all prompts are asked, named in advance.',
      ),
      klPrompts,
      temperature: setting(
        z.number().nonnegative().default(0.01),
        'Temperature of the responses, judged ones and those that KL is measured along; 0 is greedy.',
      ),
      klTemperature: setting(
        z.number().nonnegative().optional(),
        'Temperature of the responses that KL is measured along, where it is to be another one.',
      ),
      otherTemperature: setting(
        z.number().nonnegative().optional(),
        'Another temperature at which win rate and KL are measured too, at the start and at the end of training.',
      ),
      against: setting(
        z.enum(['references', 'start']).optional(),
        'Whose responses the policy’s are compared with: the references of the text, which is the default, or those of the policy that all runs start from.',
      ),
      largerBeta: setting(
        z.enum(['along', 'end']).optional(),
        'When runs are evaluated at more than the least β of their method and data: along training, which is the default, or at the end alone. What is read along training is read at the least β.',
      ),
      secondJudge: setting(
        z.enum(['prose']).optional(),
        'A judge beside the study’s, which nothing is trained with: prose is a rule of coverage, length, repetition, and likelihood under the SFT model of the gold model.',
      ),
      weightedPairs: setting(
        count,
        'Pairs whose weights at the end of training are kept, of weighted methods.',
      ),
    }),
    'Measurements along each run.',
  ) as z.ZodType<StudyEvaluationSettings>,
};

const seeds = z.array(whole).min(1);
const looks = setting(
  z.array(count).min(2).optional(),
  'Numbers of seeds at which claims are judged, rising, the last one all of them or, of a part of a study, more.',
);
const scale = z.enum(scaleNames);

/** Methods that stand between AIS-DPO and DPO, by name. */
const controlName: z.ZodType<ControlName> = z.enum(Object.keys(controls) as [ControlName]);

const asked = setting(
  z.array(controlName).optional(),
  'Controls to run beside AIS-DPO, wherever the study runs it: self-normalized, mean-weight, bounded, pair-alpha, humanline.',
);

const policyStudy: z.ZodObject<Fields<PolicyStudySettings>, z.core.$strict> = z.strictObject({
  study: name,
  scale,
  seeds,
  looks,
  betas: setting(
    z.array(z.number().positive()).min(1).optional(),
    'The β at which each method is run, instead of those of the study.',
  ),
  controls: asked,
  runs: z.array(run).min(1),
  ...scaleFields,
});

const mixtureStudy: z.ZodType<MixtureStudySettings> = z.strictObject({
  study: name,
  scale,
  seeds,
  pairs: z.number().int().min(2),
});

/** What may be set of a study that trains: any of its settings. */
export function studyLayerSchema(): z.ZodObject {
  return layerSchema(policyStudy) as z.ZodObject;
}

/**
 * What editors read to complete and check a settings file of `ais study --config`.
 *
 * @example
 * console.log(Object.keys(studyJsonSchema().properties).includes('preference')); // true
 */
export function studyJsonSchema(): Record<string, unknown> {
  return {
    title: 'Settings of ais study, over those of the scale',
    ...z.toJSONSchema(studyLayerSchema().extend({ $schema: z.string().optional() }), { io: 'input' }),
  };
}

/**
 * Whether settings are those of a study that trains nothing.
 *
 * @example
 * const { settings } = await configureStudies({ name: 'fig1' }, 'runs/study-store');
 * console.log(settings.map(isMixtureSettings)); // [ true ]
 */
export function isMixtureSettings(settings: StudySettings): settings is MixtureStudySettings {
  return 'pairs' in settings;
}

/**
 * Whether settings are those of the exact study.
 *
 * @example
 * const { settings } = await configureStudies({ name: 'exact' }, 'runs/study-store');
 * console.log(settings.map(isExactSettings)); // [ true ]
 */
export function isExactSettings(settings: StudySettings): settings is ExactStudySettings {
  return 'exact' in settings;
}

/**
 * Whether settings are those of a study that trains policies on text.
 *
 * @example
 * const { settings } = await configureStudies({ name: 'fig3' }, 'runs/study-store');
 * console.log(settings.map(isPolicySettings)); // [ true ]
 */
export function isPolicySettings(settings: StudySettings): settings is PolicyStudySettings {
  return 'runs' in settings;
}

/**
 * Checks each setting by itself, and fills in defaults.
 *
 * @throws {PipelineError} naming the first setting that is wrong
 */
export function studyFields(value: Readonly<Record<string, unknown>>): StudySettings {
  const schema = 'pairs' in value ? mixtureStudy : 'exact' in value ? exactStudy : policyStudy;
  return checkLayer(value, schema, 'the study') as unknown as StudySettings;
}

/**
 * Checks settings read from a file or changed by hand, and fills in defaults.
 *
 * @throws {PipelineError} naming the first setting that is wrong
 * @throws {StudyError} `invalid-settings` where settings contradict each other
 */
export function parseStudySettings(value: Readonly<Record<string, unknown>>): StudySettings {
  const settings = studyFields(value);
  if (isMixtureSettings(settings)) {
    checkOneSeed(settings);
    return settings;
  }
  checkLooks(settings);
  if (isExactSettings(settings)) {
    checkExactSettings(settings);
    return settings;
  }
  for (const key of ['seeds', 'betas', 'controls'] as const) checkDistinct(key, settings[key] ?? []);
  checkRuns(settings.runs);
  if (settings.gold.judge === 'oracle' && settings.source !== 'synthetic') {
    throw new StudyError(
      'invalid-settings',
      'gold.judge: the oracle judges the synthetic source only. Use "human", comparisons, or a judge of your own.',
    );
  }
  return settings;
}

/** Its samples are drawn with one seed: more would be named and not used. */
function checkOneSeed({ study, seeds }: MixtureStudySettings): void {
  if (seeds.length === 1) return;
  throw new StudyError(
    'invalid-settings',
    `seeds: ${study} draws its samples with one seed, got ${seeds.join(', ')}. Give one (--seeds ${seeds[0]}-${seeds[0]}), and run it apart from studies that train.`,
  );
}

function checkDistinct(key: string, values: readonly (string | number)[]): void {
  if (new Set(values).size === values.length) return;
  throw new StudyError(
    'invalid-settings',
    `${key}: expected each one once, got ${values.join(', ')}. Remove the duplicates.`,
  );
}

/**
 * Checks that a study's runs can be told apart.
 *
 * @throws {StudyError} `invalid-settings` naming the run
 */
export function checkRuns(runs: readonly StudyRunSettings[]): void {
  const conflict = runConflict(runs);
  if (conflict !== undefined) throw new StudyError('invalid-settings', conflict);
}

function checkLooks({ looks, seeds }: Pick<PolicyStudySettings, 'looks' | 'seeds'>): void {
  if (!looks) return;
  const rises = looks.every((look, index) => index === 0 || look > (looks[index - 1] ?? 0));
  if (rises && (looks.at(-1) ?? 0) >= seeds.length) return;
  throw new StudyError(
    'invalid-settings',
    `looks: expected rising numbers of seeds, the last of them ${seeds.length} or more, got ${looks.join(', ')}.`,
  );
}
