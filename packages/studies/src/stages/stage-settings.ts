import { z } from 'zod';

/** The shape of a GPT-NeoX model; its vocabulary is the corpus's, the rest as in Pythia. */
export interface ModelShape {
  readonly layerCount: number;
  readonly hiddenSize: number;
  readonly headCount: number;
  /** Standard deviation of the random weights that training starts from. */
  readonly initializerRange: number;
}

/** A model that exists already: a folder, or a repository of the Hub, in Hugging Face's layout. */
export interface PretrainedModel {
  readonly pretrained: string;
  /** Of a folder: SHA-256 of what is in it, so that other weights are another model. */
  readonly folderHash?: string | undefined;
}

export interface TrainingSettings {
  /** Passes over the data, with fractions. */
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Share of the steps over which the learning rate rises from 0. */
  readonly warmupFraction: number;
  /** How the learning rate moves after that; `cosine` where absent. */
  readonly schedule?: 'cosine' | 'constant' | undefined;
}

export interface SupervisedSettings extends TrainingSettings {
  /** Weight of a prompt token's log-likelihood beside a response token's 1. */
  readonly promptWeight: number;
}

export interface CorpusSettings {
  /** Records for each stage; no record serves two of them. */
  readonly supervised: number;
  readonly reward: number;
  readonly preference: number;
  readonly evaluation: number;
  /** Entries of the tokenizer that is learned from the supervised split. */
  readonly vocabularySize: number;
  readonly maxPromptTokens: number;
  /** End-of-text included. */
  readonly maxResponseTokens: number;
}

export interface GoldTrainingSettings {
  readonly training: TrainingSettings;
  /** Share of the labelled pairs that is held out to measure the gold model's accuracy. */
  readonly validationFraction: number;
}

export interface EvaluationSettings {
  /** Evaluations along the training after the one at its start. */
  readonly points: number;
  /** Prompts on which the exact KL is measured: the first ones of the evaluation split. */
  readonly klPrompts: number;
}

export const count: z.ZodNumber = z.number().int().positive();
const fraction = z.number().min(0).max(1);

export const modelShapeSchema: z.ZodObject<Fields<ModelShape>, z.core.$strict> = z.strictObject({
  layerCount: count,
  hiddenSize: count,
  headCount: count,
  initializerRange: z.number().positive(),
});

const training = {
  epochs: z.number().positive(),
  batchSize: count,
  learningRate: z.number().positive(),
  warmupFraction: fraction,
  schedule: z.enum(['cosine', 'constant']).optional(),
};

export const trainingSchema: z.ZodObject<Fields<TrainingSettings>, z.core.$strict> = z.strictObject(training);

export const supervisedSchema: z.ZodObject<Fields<SupervisedSettings>, z.core.$strict> = z.strictObject({
  ...training,
  promptWeight: fraction,
});

export const corpusSchema: z.ZodObject<Fields<CorpusSettings>, z.core.$strict> = z.strictObject({
  supervised: count,
  reward: count,
  preference: count,
  evaluation: count,
  vocabularySize: count,
  maxPromptTokens: count,
  maxResponseTokens: count,
});

export const goldTrainingSchema: z.ZodObject<Fields<GoldTrainingSettings>, z.core.$strict> = z.strictObject({
  training: trainingSchema,
  validationFraction: z.number().gt(0).lt(1),
});

export const evaluationSchema: z.ZodObject<Fields<EvaluationSettings>, z.core.$strict> = z.strictObject({
  points: count,
  klPrompts: count,
});

/** One schema a field. */
type Fields<T> = { readonly [Key in keyof T]-?: z.ZodType<T[Key], T[Key]> };
