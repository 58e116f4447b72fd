import { z } from 'zod';
import type { CommandName, Settings } from './settings.js';

const count = z.number().int().positive();
const whole = z.number().int().nonnegative();
const fraction = z.number().min(0).max(1);
const path = z.string().min(1);

const PAIRS =
  'Preference pairs: a .jsonl[.gz|.zst] or .parquet file, a folder of ais data build, or owner/name on the Hub; made from the source where absent.';

const common = {
  preset: z
    .enum(['tiny', 'small', 'paper'])
    .describe('Scale: tiny (minutes on two cores), small (hours), paper (GPUs); sets every default.'),
  source: path.describe(
    'Text: synthetic (built in), debian (package descriptions), a .jsonl[.gz|.zst] or .parquet file, or owner/name of a data set on the Hub.',
  ),
  seed: whole.describe('Seed of everything random.'),
  backend: z.enum(['native', 'native-gpu', 'webgpu', 'wasm', 'cpu']).describe('TensorFlow.js back end.'),
};

const model = path.describe(
  'Model to start from: a run folder, one of its checkpoints, or a Hugging Face folder.',
);

const shape = z
  .strictObject({
    vocabularySize: count.describe('Tokens that the tokenizer learns.'),
    layerCount: count,
    hiddenSize: count,
    headCount: count,
    initializerRange: z.number().positive().describe('Standard deviation of the random weights.'),
  })
  .describe('The GPT-NeoX model that is made where no model is given.');

const data = z
  .strictObject({
    records: count.describe('Records to learn from.'),
    heldOut: whole.describe('Records kept for evaluation.'),
    maxPromptTokens: count,
    maxResponseTokens: count.describe('End-of-text included; also the length at which a sample is cut.'),
  })
  .describe('How much text, and how long.');

const training = z
  .strictObject({
    epochs: z.number().positive().optional().describe('Passes over the data; or give steps.'),
    steps: count.optional().describe('Updates; or give epochs.'),
    batchSize: count.describe('Examples an update.'),
    microBatchSize: count.describe('Examples in memory at once.'),
    learningRate: z.number().nonnegative(),
    schedule: z.enum(['constant', 'linear', 'cosine']),
    minimumRatio: fraction.describe('Share of the learning rate at which the schedule ends.'),
    warmupSteps: whole.optional().describe('Updates of linear warm-up; or give warmupFraction.'),
    warmupFraction: fraction.optional().describe('The same as a share of the run.'),
    adamBeta1: z.number().min(0).lt(1),
    adamBeta2: z.number().min(0).lt(1),
    adamEpsilon: z.number().positive(),
    weightDecay: z.number().nonnegative(),
    maxGradientNorm: z.number().positive().optional().describe('Gradient norm to clip to.'),
    checkpointEvery: count.optional().describe('Updates between checkpoints; at the end in any case.'),
    keepCheckpoints: count,
    lora: z
      .strictObject({
        rank: count.describe('r, the rank of what is added to each matrix.'),
        alpha: z.number().positive().optional().describe('α, by which it is scaled as α/r; 2r.'),
      })
      .optional()
      .describe('Train low-rank adapters of the attention and MLP matrices instead of the model.'),
    freeze: z
      .array(path)
      .optional()
      .describe('Parameters that stay as they are, by name, * standing for any part: gpt_neox.embed_in.*'),
    skipNonFinite: count
      .optional()
      .describe(
        'Leave out steps that are not finite, and stop after so many in a row; stop at the first where absent.',
      ),
    tensorBoard: z.boolean().optional().describe('Write event files for TensorBoard too.'),
  })
  .describe('Optimization.');

const evaluation = z
  .strictObject({
    points: whole.describe('Evaluations along the run after the one at its start; 0 for none.'),
    prompts: count.describe('Held-out prompts that are judged.'),
    klPrompts: whole.describe('Of these, how many the exact KL is measured on; 0 for none.'),
    temperature: z.number().nonnegative().describe('Of the judged responses.'),
  })
  .describe('Measurements along the run.');

const selection = z
  .strictObject({
    metric: path
      .optional()
      .describe(
        'What evaluations are compared by: eval_win_rate (train), eval_loss (sft), eval_accuracy (reward).',
      ),
    mode: z
      .enum(['max', 'min'])
      .optional()
      .describe('Whether more or less of a metric given here is better; max.'),
    klBudget: z
      .number()
      .positive()
      .optional()
      .describe('Nats from the reference: evaluations with a larger eval_kl cannot be the best.'),
    patience: count
      .optional()
      .describe('End the run after so many evaluations in a row that were not the best; never where absent.'),
  })
  .describe('Which checkpoint is kept as the best, beside the newest, and when to end early.');

const importance = z
  .union([z.enum(['none', 'inverse-length', 'inverse-sqrt-length']), fraction])
  .describe('Importance weights: none, α = 1/|y|, α = 1/√|y|, or a fixed α.');

const scorer = path.describe(
  'Judge: a reward model (run folder or checkpoint), oracle (synthetic text), an address that answers as httpScorer asks, or ./plugin.js.',
);

const sftSchema = z.strictObject({
  ...common,
  model: model.optional(),
  shape,
  data,
  training,
  evaluation,
  selection: selection.optional(),
  promptWeight: fraction.describe('What a prompt token counts for, where a response token counts 1.'),
});

const rewardSchema = z.strictObject({
  ...common,
  model: model.optional(),
  shape,
  data,
  training,
  pairs: path.optional().describe(PAIRS),
  validationFraction: z
    .number()
    .min(0)
    .lt(1)
    .describe('Share of the pairs kept to measure accuracy and calibration.'),
  validationPoints: whole.describe(
    'Measurements along the run after the one at its start; 0 for the one at its end alone.',
  ),
  selection: selection.optional(),
  centering: z.number().nonnegative().describe('Coefficient of the term that keeps scores near 0.'),
});

const trainSchema = z.strictObject({
  ...common,
  model: model.optional(),
  shape,
  data,
  training,
  evaluation,
  pairs: path.optional().describe(PAIRS),
  validationFraction: z
    .number()
    .min(0)
    .lt(1)
    .describe('Share of the pairs kept out of training, to measure loss and accuracy on along the run.'),
  selection: selection.optional(),
  referenceSync: z
    .strictObject({
      every: count.describe('Updates between two moves.'),
      mixup: z.number().gt(0).max(1).optional().describe('Share of the policy in the new reference; 0.6.'),
    })
    .optional()
    .describe('Move the reference towards the policy along the run; it stays where absent.'),
  objective: path.describe('An objective by name, or ./plugin.js.'),
  objectiveOptions: z
    .record(z.string(), z.union([z.number(), z.string(), z.boolean()]))
    .describe('Further options of the objective, such as labelSmoothing.'),
  beta: z.number().nonnegative(),
  importance,
  behavior: z
    .enum(['data', 'reference'])
    .describe(
      'Whose log-probabilities weights compare with: those in the data where it has them, or the reference.',
    ),
  online: z.boolean().describe('Learn from samples of the policy itself, which the scorer labels.'),
  samples: count.describe('Samples a prompt, k, of objectives over samples.'),
  missingEndPenalty: z.number().nonnegative().describe('Subtracted from the reward of a sample without end.'),
  labels: z.enum(['mode', 'bradley-terry']).describe('How rewards become labels online.'),
  scorer: scorer.optional(),
});

const generateSchema = z.strictObject({
  ...common,
  model,
  data,
  split: z.enum(['supervised', 'reward', 'preference', 'evaluation']).describe('Whose prompts to continue.'),
  prompts: count.describe('How many prompts.'),
  samples: count.describe('Responses a prompt.'),
  temperature: z.number().nonnegative().describe('0 is greedy.'),
  topK: count.optional(),
  topP: z.number().gt(0).max(1).optional(),
});

const labelSchema = z.strictObject({
  ...common,
  responses: path.describe('What ais generate wrote, with two samples a prompt.'),
  scorer,
  rule: z.enum(['mode', 'bradley-terry']),
  temperature: z.number().positive().describe('Of Bradley–Terry labels.'),
  noise: z.number().min(0).max(0.5).describe('Share of the labels that are flipped.'),
  ties: z.enum(['drop', 'random']).describe('Whether a tie is left out, or a fair coin decides.'),
  tieTolerance: z.number().nonnegative().describe('Scores that differ by no more than this are a tie.'),
  batchSize: count.describe('Responses scored at once.'),
});

const evaluateSchema = z.strictObject({
  ...common,
  model,
  reference: path.optional().describe('The model that the KL is measured from.'),
  scorer: scorer.optional(),
  data,
  split: z.enum(['supervised', 'reward', 'preference', 'evaluation']),
  prompts: count,
  klPrompts: whole,
  temperature: z.number().nonnegative(),
});

const schemas = {
  sft: sftSchema,
  reward: rewardSchema,
  train: trainSchema,
  generate: generateSchema,
  label: labelSchema,
  evaluate: evaluateSchema,
} satisfies { readonly [Name in CommandName]: z.ZodType<Settings<Name>> };

/** The schema of a command's settings, with every key but the optional ones. */
export function settingsSchema(command: CommandName): z.ZodObject {
  return schemas[command];
}

/** The schema of a configuration file: the same keys, each of them optional, and an editor's `$schema`. */
export function fileSchema(command: CommandName): z.ZodObject {
  return (partialSchema(schemas[command]) as z.ZodObject).extend({ $schema: z.string().optional() });
}

/** What editors read to complete and check a command's configuration file. */
export function settingsJsonSchema(command: CommandName): Record<string, unknown> {
  return { title: `Configuration of ais ${command}`, ...z.toJSONSchema(fileSchema(command)) };
}

/** The same objects, at every depth, in which each key is optional. */
export function partialSchema(schema: z.ZodType): z.ZodType {
  if (!(schema instanceof z.ZodObject)) return schema;
  const fields = Object.entries(schema.shape).map(([key, field]) => [
    key,
    partialSchema(field as z.ZodType).optional(),
  ]);
  const open = z.strictObject(Object.fromEntries(fields));
  return schema.description === undefined ? open : open.describe(schema.description);
}
