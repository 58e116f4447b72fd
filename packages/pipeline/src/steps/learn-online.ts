import type { TokenizedExample } from '@ais/data';
import type { Judge } from '@ais/gold-eval';
import type { CausalLanguageModel, PromptResponse } from '@ais/language-model';
import { type TrainingResult, trainOnlinePreference, trainPolicyGradient } from '@ais/trainer';
import type { RunContext } from '../context.js';
import type { ChosenObjective } from '../registries/objectives.js';
import type { ReferenceSyncSettings } from '../settings/command-settings.js';
import { type EvaluationsPlan, evaluationsAlong } from './recorded-evaluations.js';
import { type Run, runSteps, trainingOptions, warnOfIdleRun } from './training-options.js';

/** What `learnOnline` is given besides the model, the prompts, and the scorer. */
export interface OnlineRun extends Run {
  readonly evaluations?: Omit<EvaluationsPlan, 'directory' | 'steps'>;
  readonly referenceSync?: ReferenceSyncSettings | undefined;
  /** Samples per prompt, k, of objectives over samples. */
  readonly samples: number;
  readonly maxNewTokens: number;
  /** Subtracted from the reward of a sample that did not end by itself. */
  readonly missingEndPenalty?: number;
  /** How rewards become labels, of objectives over pairs. */
  readonly labels?: 'mode' | 'bradley-terry';
}

/**
 * Trains a policy in place on its own samples, which a scorer judges.
 *
 * @param roles the reference may be left out where neither the objective nor `referenceSync` needs one
 * @param chosen an objective over samples or over pairs, as `tryObjective` gives it by its name
 * @param examples whose prompts are answered
 * @throws what the scorer throws; and {ConfigurationMismatch} on resume, if the run in the directory is another one
 * @example
 * const { training } = await readSettings('train', { flags: { preset: 'tiny', training: { steps: 1, batchSize: 4 } } });
 * const { scorer } = await openScorer('oracle', { text: corpus });
 * const { steps } = await learnOnline(
 *   { policy: model, reference, scorer },
 *   { feedback: 'samples', online: true, objective: rloo({ beta: 0.05 }) },
 *   examplesOf(corpus, 'supervised'),
 *   { seed: 1, training, samples: 2, maxNewTokens: 8 },
 *   runContext('runs/rloo'),
 * );
 * console.log(steps); // 1
 */
export function learnOnline(
  roles: {
    readonly policy: CausalLanguageModel;
    /** Not needed by an objective that reads none. */
    readonly reference?: CausalLanguageModel;
    readonly scorer: Judge<PromptResponse>;
  },
  chosen: Exclude<ChosenObjective, { feedback: 'unpaired' }>,
  examples: readonly Pick<TokenizedExample, 'id' | 'prompt'>[],
  run: OnlineRun,
  context: RunContext,
): Promise<TrainingResult> {
  const { policy } = roles;
  const { training, referenceSync, evaluations, samples, maxNewTokens, missingEndPenalty, labels } = run;
  const { every, mixup } = referenceSync ?? {};
  warnOfIdleRun(training, examples.length, context);
  const options = {
    ...trainingOptions('train', run, policy.parameters.keys(), context),
    maxNewTokens,
    ...(missingEndPenalty !== undefined && { missingEndPenalty }),
    ...(every !== undefined && { referenceSync: { every, ...(mixup !== undefined && { mixup }) } }),
    ...(evaluations &&
      evaluationsAlong(
        policy,
        { ...evaluations, directory: context.directory, steps: runSteps(training, examples.length) },
        context,
      )),
  };
  const prompts = examples.map(({ id, prompt }) => ({ id, prompt }));
  return chosen.feedback === 'samples'
    ? trainPolicyGradient(roles, prompts, chosen.objective, { ...options, samples })
    : trainOnlinePreference(roles, prompts, chosen.objective, { ...options, ...(labels && { labels }) });
}
