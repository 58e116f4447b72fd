import type { TokenizedExample } from '@ais/data';
import type { Judge } from '@ais/gold-eval';
import type { CausalLanguageModel, PromptResponse } from '@ais/language-model';
import { type TrainingResult, trainOnlinePreference, trainPolicyGradient } from '@ais/trainer';
import type { RunContext } from '../context.js';
import type { ChosenObjective } from '../registries/objectives.js';
import type { ReferenceSyncSettings } from '../settings/command-settings.js';
import { type EvaluationsPlan, evaluationsAlong } from './recorded-evaluations.js';
import { type Run, runSteps, trainingOptions } from './training-options.js';

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

/** Trains a policy in place on its own samples, which a scorer judges. */
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
