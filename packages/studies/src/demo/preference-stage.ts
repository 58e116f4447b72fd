import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadPretrained, loadRewardModel } from '@ais/language-model';
import { computeReferenceLogProbs, scoreSequences, trainPreference } from '@ais/trainer';
import { readJson, runStage, type StageRecord } from '../stage.js';
import type { DemoContext } from './demo-context.js';
import { loadCorpusTokenizer, loadSplit } from './demo-corpus.js';
import type { MethodName } from './demo-settings.js';
import { evaluatePolicy, type PolicyEvaluation, writeEvaluation } from './evaluate-policy.js';
import { loadPreferencePairs, referencePath } from './label-stage.js';
import { methods } from './methods.js';
import { trainingOptions } from './training-options.js';

export interface PreferenceSummary {
  readonly steps: number;
  readonly pairs: number;
}

/** Trains the SFT policy with one method, and evaluates it along the way; evaluations stand in its folder. */
export async function trainMethod(
  context: DemoContext,
  name: MethodName,
  preferencesKey: string,
): Promise<StageRecord<PreferenceSummary>> {
  const { settings } = context;
  const { preference, evaluation } = settings;
  const { methods: _, ...training } = preference;
  const method = methods[name];
  return runStage({
    name,
    directory: join(context.directory, name),
    inputs: {
      preferencesKey,
      name,
      training,
      evaluation,
      seed: settings.seed,
      microBatchSize: settings.microBatchSize,
    },
    run: async (directory) => {
      const pairs = await loadPreferencePairs(context.directory);
      const examples = await loadSplit(context.directory, 'evaluation');
      const policy = await loadPretrained(join(context.directory, 'sft', 'model'));
      const reference = await loadPretrained(join(context.directory, 'sft', 'model'));
      const gold = await loadRewardModel(join(context.directory, 'gold', 'model'));
      const evaluator = {
        reference,
        gold,
        examples,
        referenceRewards: await scoreSequences(
          gold,
          examples.map(({ prompt, response }) => [...prompt, ...response]),
          { signal: context.signal },
        ),
        tokenizer: await loadCorpusTokenizer(context.directory),
        settings,
        signal: context.signal,
      };
      try {
        const options = trainingOptions(context, method.title, directory, preference);
        const referenceLogProbs = await computeReferenceLogProbs(reference, pairs, {
          microBatchSize: settings.microBatchSize,
          path: referencePath(context.directory),
          signal: context.signal,
        });
        const steps = Math.round(preference.epochs * Math.ceil(pairs.length / preference.batchSize));
        const result = await trainPreference(
          policy,
          referenceLogProbs,
          pairs,
          method.objective(preference.beta),
          {
            ...options,
            evaluateAt: evaluationSteps(steps, evaluation.points),
            onEvaluate: async ({ step }) => {
              const measured = await evaluatePolicy(policy, { step, fraction: step / steps }, evaluator);
              await writeEvaluation(directory, measured);
              return {
                'evaluation/win_rate': measured.winRate.rate,
                'evaluation/kl': measured.kl.mean,
                'evaluation/mean_length': measured.meanLength,
                'evaluation/gold_reward': measured.meanReward,
              };
            },
          },
        );
        return { steps: result.steps, pairs: pairs.length };
      } finally {
        for (const model of [policy, reference, gold]) model.dispose();
      }
    },
  });
}

/** Step 0, then `points` steps as evenly spaced as whole steps allow, the last step among them. */
export function evaluationSteps(steps: number, points: number): number[] {
  const all = Array.from({ length: points + 1 }, (_, index) => Math.round((index * steps) / points));
  return [...new Set(all)];
}

/** The evaluations of a method in the order of their steps. */
export async function loadEvaluations(directory: string, name: MethodName): Promise<PolicyEvaluation[]> {
  const folder = join(directory, name, 'evaluations');
  const evaluations: PolicyEvaluation[] = [];
  for (const file of await readdir(folder)) {
    const evaluation = await readJson<PolicyEvaluation>(join(folder, file));
    if (evaluation) evaluations.push(evaluation);
  }
  return evaluations.sort((a, b) => a.step - b.step);
}
