import { z } from 'zod';

const count = z.number().int().positive();
const fraction = z.number().min(0).max(1);

const modelShape = z.strictObject({ layerCount: count, hiddenSize: count, headCount: count });

const training = z.strictObject({
  epochs: count,
  batchSize: count,
  learningRate: z.number().positive(),
  warmupFraction: fraction,
});

const supervised = z.strictObject({
  ...training.shape,
  /** Weight of a prompt token's log-likelihood beside a response token's 1. */
  promptWeight: fraction,
});

const schema = z.strictObject({
  preset: z.string(),
  source: z.enum(['synthetic', 'debian']),
  seed: z.number().int().nonnegative(),
  corpus: z.strictObject({
    /** Records for each stage; no record serves two of them. */
    supervised: count,
    reward: count,
    preference: count,
    evaluation: count,
    vocabularySize: count,
    maxPromptTokens: count,
    /** End-of-text included. */
    maxResponseTokens: count,
  }),
  policy: modelShape,
  supervised,
  gold: z.strictObject({
    /** A model of its own, trained from scratch first; where absent the gold model starts from the policy's SFT weights. */
    model: z.strictObject({ ...modelShape.shape, supervised }).optional(),
    training,
    /** Share of the labelled pairs that is held out to measure the gold model's accuracy. */
    validationFraction: z.number().gt(0).lt(1),
  }),
  preference: z.strictObject({
    ...training.shape,
    beta: z.number().positive(),
    methods: z.array(z.enum(['dpo', 'ais-dpo'])).nonempty(),
  }),
  evaluation: z.strictObject({
    /** Evaluations along the epoch after the one at its start. */
    points: count,
    /** Prompts on which the exact KL is measured: the first ones of the evaluation split. */
    klPrompts: count,
  }),
  /** Examples in memory at once during training; a batch larger than this is accumulated. */
  microBatchSize: count,
});

export type ModelShape = z.infer<typeof modelShape>;
export type TrainingSettings = z.infer<typeof training>;
export type SupervisedSettings = z.infer<typeof supervised>;

/**
 * Everything that decides the outcome of the demo: corpus, models, stages, evaluation.
 *
 * Two runs with equal settings on one back end give equal numbers to the last digit.
 */
export type DemoSettings = z.infer<typeof schema>;

/** A method that the demo compares, by the name that files and figures carry. */
export type MethodName = DemoSettings['preference']['methods'][number];

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
