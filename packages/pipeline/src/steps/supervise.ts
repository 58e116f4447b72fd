import { type Examples, mapExamples, type TokenizedExample } from '@ais/data';
import type { CausalLanguageModel } from '@ais/language-model';
import { supervisedLoss, type TrainingResult, trainSft } from '@ais/trainer';
import type { RunContext } from '../context.js';
import { evaluationSteps, type Run, runSteps, trainingOptions, warnOfIdleRun } from './training-options.js';

/** What `supervise` is given besides the model and the examples. */
export interface SupervisedRun extends Run {
  /** Weight of a prompt token, where a response token has weight 1. */
  readonly promptWeight: number;
  /** What the loss is measured on along the run; not measured by default. */
  readonly heldOut?: { readonly examples: readonly TokenizedExample[]; readonly points: number };
}

/**
 * Supervised fine-tuning: trains a model in place on reference responses.
 *
 * @param examples tokens of prompts and of responses, end-of-text included
 * @returns metrics in nats per token
 * @throws {ConfigurationMismatch} on resume, if the run in the directory is another one
 * @example
 * const { training } = await readSettings('sft', { flags: { preset: 'tiny', training: { steps: 2, batchSize: 4 } } });
 * const run = { seed: 1, training, promptWeight: 0, text: savedText(corpus) };
 * const { steps } = await supervise(model, examplesOf(corpus, 'supervised'), run, runContext('runs/supervised'));
 * console.log(steps); // 2
 */
export async function supervise(
  model: CausalLanguageModel,
  examples: Examples<TokenizedExample>,
  run: SupervisedRun,
  context: RunContext,
): Promise<TrainingResult> {
  const { heldOut, promptWeight, training } = run;
  warnOfIdleRun(training, examples.length, context);
  return trainSft(model, mapExamples(examples, tokensOnly), {
    ...trainingOptions('sft', run, model.parameters.keys(), context),
    promptWeight,
    ...(heldOut && {
      evaluateAt: evaluationSteps(runSteps(training, examples.length), heldOut.points),
      onEvaluate: async ({ signal }) => ({
        eval_loss: await supervisedLoss(model, heldOut.examples, signal ? { signal } : {}),
      }),
    }),
  });
}

/**
 * An example as training takes it, and as its fingerprint is made.
 *
 * @example
 * console.log(tokensOnly({ id: 'a', prompt: [1], response: [2, 0], truncated: false })); // { id: 'a', prompt: [ 1 ], response: [ 2, 0 ] }
 */
export function tokensOnly({ id, prompt, response }: TokenizedExample): TokenizedExample {
  return { id, prompt, response };
}
