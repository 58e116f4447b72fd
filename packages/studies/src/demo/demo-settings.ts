import { z } from 'zod';
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
  type SupervisedSettings,
  supervisedSchema,
  type TrainingSettings,
  trainingSchema,
} from '../stages/stage-settings.js';

/** A method that the demo compares, by the name that files carry. */
export type MethodName = 'dpo' | 'ais-dpo';

/**
 * Everything that decides the outcome of the demo: corpus, models, stages, evaluation.
 *
 * Two runs with equal settings on one back end give equal numbers to the last digit.
 */
export interface DemoSettings {
  readonly preset: string;
  /** `synthetic`, `debian`, or the path of a JSONL file of records. */
  readonly source: string;
  readonly seed: number;
  readonly corpus: CorpusSettings;
  readonly policy: ModelShape;
  readonly supervised: SupervisedSettings;
  readonly gold: GoldTrainingSettings & {
    /** A model of its own, trained from scratch first; where absent, the gold model starts from the policy's SFT weights. */
    readonly model?: (ModelShape & { readonly supervised: SupervisedSettings }) | undefined;
  };
  readonly preference: TrainingSettings & {
    readonly beta: number;
    readonly methods: readonly MethodName[];
  };
  readonly evaluation: EvaluationSettings;
  /** Examples in memory at once during training; a batch larger than this is accumulated. */
  readonly microBatchSize: number;
}

const schema: z.ZodType<DemoSettings> = z.strictObject({
  preset: z.string(),
  source: z.string(),
  seed: z.number().int().nonnegative(),
  corpus: corpusSchema,
  policy: modelShapeSchema,
  supervised: supervisedSchema,
  gold: goldTrainingSchema.extend({
    model: modelShapeSchema.extend({ supervised: supervisedSchema }).optional(),
  }),
  preference: trainingSchema.extend({
    beta: z.number().positive(),
    methods: z.array(z.enum(['dpo', 'ais-dpo'])).min(1),
  }),
  evaluation: evaluationSchema,
  microBatchSize: count,
});

/**
 * Checks settings read from a file.
 *
 * @throws {SettingsError} naming each wrong field
 */
export function parseDemoSettings(value: unknown): DemoSettings {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new SettingsError(z.prettifyError(result.error));
}

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  constructor(problems: string) {
    super(`@ais/studies: the settings are not valid. ${problems}`);
  }
}
