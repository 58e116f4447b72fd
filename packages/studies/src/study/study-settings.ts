import { z } from 'zod';
import type { GoldSettings } from '../stages/shared-stages.js';
import {
  type CorpusSettings,
  corpusSchema,
  count,
  type EvaluationSettings,
  evaluationSchema,
  type GoldTrainingSettings,
  goldTrainingSchema,
  type ModelShape,
  modelShapeSchema,
  type PretrainedModel,
  type SupervisedSettings,
  supervisedSchema,
  type TrainingSettings,
  trainingSchema,
} from '../stages/stage-settings.js';
import { partialSchema } from '../training/settings-schema.js';
import type { PreferenceData, StudyMethod, StudyName, StudyScale } from './study-data.js';
import { StudySettingsError } from './study-errors.js';

type Model = ModelShape | PretrainedModel;
type TrainedStudyName = Exclude<StudyName, 'fig1'>;

/** The studies that train policies. */
export const trainedStudies: readonly TrainedStudyName[] = [
  'fig2',
  'fig3',
  'fig4',
  'fig5',
  'fig6',
  'fig7',
  'fig8',
  'fig9',
  'fig10',
  'fig11',
  'fig12',
  'weights',
  'alternatives',
  'behavior',
];

/** One preference run as a preset lists it: all seeds make it. */
export interface StudyRunSettings {
  readonly method: StudyMethod;
  readonly beta: number;
  readonly data: PreferenceData;
  /** Another learning rate than the study's; only a search has it. */
  readonly learningRate?: number | undefined;
}

/** What a scale decides: everything but the runs. */
export interface ScaleSettings {
  /** `synthetic`, `debian`, the path of a JSONL file of records, or `owner/name` of a data set on the Hub. */
  readonly source: string;
  /** The back end that the scale is meant for. */
  readonly backend: string;
  readonly corpus: CorpusSettings & {
    /**
     * Decides which record goes where, and the SFT policy and the gold model that are trained on it, for all seeds
     * alike: every run starts from one policy and is judged on the same prompts by one judge.
     */
    readonly seed: number;
    /** Of a data set that is split already: the split that each stage reads. */
    readonly splits?:
      | Readonly<Record<'supervised' | 'reward' | 'preference' | 'evaluation', string>>
      | undefined;
  };
  readonly policy: Model;
  readonly supervised: SupervisedSettings;
  readonly gold: GoldSettings;
  /** Held for all methods. */
  readonly preference: TrainingSettings;
  /** The DPO run whose checkpoints D2 and D3 are sampled from: its β, and the shares of the run after which. */
  readonly shift: { readonly beta: number; readonly early: number; readonly late: number };
  /** Of methods that learn from their own samples. */
  readonly online: {
    /** An example is a prompt, of `samples` responses. */
    readonly training: TrainingSettings;
    readonly samples: number;
    /** The proxy reward model, learnt from the gold-labelled pairs. */
    readonly proxy: GoldTrainingSettings;
  };
  readonly evaluation: EvaluationSettings & {
    /** Pairs of which the final log-weights of a weighted method are kept. */
    readonly weightedPairs: number;
  };
  /** Examples in memory at once during training; a batch larger than this is accumulated. */
  readonly microBatchSize: number;
}

/** A study as plain JSON: what decides its outcome, on one back end, to the last digit. */
export interface PolicyStudySettings extends ScaleSettings {
  readonly study: TrainedStudyName | 'search';
  readonly scale: StudyScale;
  /** A seed drives what is done with SFT policy and gold model: sampled pairs, order of training, samples to evaluate. */
  readonly seeds: readonly number[];
  readonly runs: readonly StudyRunSettings[];
}

/** fig1 as plain JSON. */
export interface MixtureStudySettings {
  readonly study: 'fig1';
  readonly scale: StudyScale;
  readonly seeds: readonly number[];
  /** Sampled pairs that each loss is a mean of. */
  readonly pairs: number;
}

export type StudySettings = MixtureStudySettings | PolicyStudySettings;

const share = z.number().gt(0).max(1);
const name = z.string().min(1);
const model = z.union([modelShapeSchema, z.strictObject({ pretrained: name })]);
const scale = z.enum(['tiny', 'small', 'paper']);
const seeds = z.array(z.number().int().nonnegative()).min(1);

const method = z.strictObject({
  title: name,
  objective: name,
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  importance: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('adaptive') }),
    z.strictObject({ kind: z.literal('square-root') }),
    z.strictObject({
      kind: z.literal('fixed'),
      alpha: z.number().nonnegative(),
      logWeightLimit: z.number().optional(),
    }),
  ]),
  behavior: z.boolean().optional(),
});

const policyStudySchema: z.ZodType<PolicyStudySettings> = z.strictObject({
  study: z.enum([...trainedStudies, 'search'] as const),
  scale,
  source: name,
  backend: name,
  corpus: corpusSchema.extend({
    seed: z.number().int().nonnegative(),
    splits: z.strictObject({ supervised: name, reward: name, preference: name, evaluation: name }).optional(),
  }),
  policy: model,
  supervised: supervisedSchema,
  gold: goldTrainingSchema.extend({ model, supervised: supervisedSchema, judge: name }),
  preference: trainingSchema,
  shift: z.strictObject({ beta: z.number().positive(), early: share, late: share }),
  online: z.strictObject({ training: trainingSchema, samples: count, proxy: goldTrainingSchema }),
  evaluation: evaluationSchema.extend({ weightedPairs: count }),
  microBatchSize: count,
  seeds,
  runs: z
    .array(
      z.strictObject({
        method,
        beta: z.number().positive(),
        data: z.enum(['D1', 'D2', 'D3']),
        learningRate: z.number().positive().optional(),
      }),
    )
    .min(1),
});

const mixtureStudySchema: z.ZodType<MixtureStudySettings> = z.strictObject({
  study: z.literal('fig1'),
  scale,
  seeds,
  pairs: z.number().int().min(2),
});

/** What editors read to complete and check a file for `ais study --config`: every setting of a study that trains, none due. */
export function studyJsonSchema(): Record<string, unknown> {
  const open = partialSchema(policyStudySchema) as z.ZodObject;
  return {
    title: 'Settings of ais study, over those of its preset',
    ...z.toJSONSchema(open.extend({ $schema: z.string().optional() })),
  };
}

/** Whether settings are those of fig1. */
export function isMixtureStudy(settings: StudySettings): settings is MixtureStudySettings {
  return settings.study === 'fig1';
}

/**
 * Checks settings read from a file or changed by hand.
 *
 * @throws {StudySettingsError} naming each wrong field
 */
export function parseStudySettings(value: unknown): StudySettings {
  const isFig1 = typeof value === 'object' && value !== null && 'study' in value && value.study === 'fig1';
  const result = (isFig1 ? mixtureStudySchema : policyStudySchema).safeParse(value);
  if (!result.success) throw new StudySettingsError(z.prettifyError(result.error));
  const settings = result.data;
  if (!isMixtureStudy(settings) && settings.gold.judge === 'oracle' && settings.source !== 'synthetic') {
    throw new StudySettingsError('gold.judge: the oracle judges the synthetic source only; take "human".');
  }
  return settings;
}
