import { z } from 'zod';

/** The shape of a GPT-NeoX model; its vocabulary is the corpus's, the rest as in Pythia. */
export interface ModelShape {
  readonly layerCount: number;
  readonly hiddenSize: number;
  readonly headCount: number;
  /** Standard deviation of the random weights that training starts from. */
  readonly initializerRange: number;
}

export interface TrainingSettings {
  /** Passes over the data, with fractions. */
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Share of the steps over which the learning rate rises from 0. */
  readonly warmupFraction: number;
}

export interface SupervisedSettings extends TrainingSettings {
  /** Weight of a prompt token's log-likelihood beside a response token's 1. */
  readonly promptWeight: number;
}

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
  readonly corpus: {
    /** Records for each stage; no record serves two of them. */
    readonly supervised: number;
    readonly reward: number;
    readonly preference: number;
    readonly evaluation: number;
    readonly vocabularySize: number;
    readonly maxPromptTokens: number;
    /** End-of-text included. */
    readonly maxResponseTokens: number;
  };
  readonly policy: ModelShape;
  readonly supervised: SupervisedSettings;
  readonly gold: {
    /** A model of its own, trained from scratch first; where absent, the gold model starts from the policy's SFT weights. */
    readonly model?: (ModelShape & { readonly supervised: SupervisedSettings }) | undefined;
    readonly training: TrainingSettings;
    /** Share of the labelled pairs that is held out to measure the gold model's accuracy. */
    readonly validationFraction: number;
  };
  readonly preference: TrainingSettings & {
    readonly beta: number;
    readonly methods: readonly MethodName[];
  };
  readonly evaluation: {
    /** Evaluations along the training after the one at its start. */
    readonly points: number;
    /** Prompts on which the exact KL is measured: the first ones of the evaluation split. */
    readonly klPrompts: number;
  };
  /** Examples in memory at once during training; a batch larger than this is accumulated. */
  readonly microBatchSize: number;
}

const count = z.number().int().positive();
const fraction = z.number().min(0).max(1);
const shape = {
  layerCount: count,
  hiddenSize: count,
  headCount: count,
  initializerRange: z.number().positive(),
};
const training = {
  epochs: z.number().positive(),
  batchSize: count,
  learningRate: z.number().positive(),
  warmupFraction: fraction,
};
const supervised = z.strictObject({ ...training, promptWeight: fraction });

const schema: z.ZodType<DemoSettings> = z.strictObject({
  preset: z.string(),
  source: z.string(),
  seed: z.number().int().nonnegative(),
  corpus: z.strictObject({
    supervised: count,
    reward: count,
    preference: count,
    evaluation: count,
    vocabularySize: count,
    maxPromptTokens: count,
    maxResponseTokens: count,
  }),
  policy: z.strictObject(shape),
  supervised,
  gold: z.strictObject({
    model: z.strictObject({ ...shape, supervised }).optional(),
    training: z.strictObject(training),
    validationFraction: z.number().gt(0).lt(1),
  }),
  preference: z.strictObject({
    ...training,
    beta: z.number().positive(),
    methods: z.array(z.enum(['dpo', 'ais-dpo'])).min(1),
  }),
  evaluation: z.strictObject({ points: count, klPrompts: count }),
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
