import { z } from 'zod';

const count = z.number().int().positive();
const shape = z.strictObject({ layerCount: count, hiddenSize: count, headCount: count });
const training = z.strictObject({
  epochs: count,
  batchSize: count,
  learningRate: z.number().positive(),
  warmupFraction: z.number().min(0).max(1),
});

/**
 * Everything that decides the outcome of the demo: corpus, models, stages, evaluation.
 *
 * Two runs with equal settings on one back end give equal numbers to the last digit.
 */
export const demoSettingsSchema = z.strictObject({
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
    maxResponseTokens: count,
  }),
  policy: shape,
  supervised: training.extend({
    /** Weight of a prompt token's log-likelihood beside a response token's 1. */
    promptWeight: z.number().min(0).max(1),
  }),
  gold: z.strictObject({
    /** Shape of the gold reward model; the policy's own weights are its start where absent. */
    model: shape.extend({ supervised: training.extend({ promptWeight: z.number().min(0).max(1) }) }).optional(),
    training,
    /** Share of the pairs that is held out to measure accuracy. */
    validationFraction: z.number().gt(0).lt(1),
  }),
  preference: training.extend({
    beta: z.number().positive(),
    /** Pairs made from two responses each, sampled at temperature 1. */
    methods: z.array(z.enum(['dpo', 'ais-dpo'])).nonempty(),
  }),
  evaluation: z.strictObject({
    /** Evaluations along the epoch after the one at its start. */
    points: count,
    /** Prompts on which the exact KL is measured, the first ones of the evaluation set. */
    klPrompts: count,
  }),
  microBatchSize: count,
});

export type DemoSettings = z.infer<typeof demoSettingsSchema>;
