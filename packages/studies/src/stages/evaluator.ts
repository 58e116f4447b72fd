import { join } from 'node:path';
import { type CausalLanguageModel, loadPretrained } from '@ais/language-model';
import {
  type EvaluationsPlan,
  examplesOf,
  openCorpus,
  type RecordedEvaluation,
  readEvaluations,
  responseText,
  tokensOnly,
} from '@ais/pipeline';
import { type PolicyEvaluator, policyEvaluator } from '@ais/trainer';
import type { StudyEvaluationSettings } from '../settings/study-settings.js';
import { openGold } from './judge-folder.js';
import { answeredAtStart } from './start-stage.js';

/** What a run is measured with. */
export interface EvaluatorSettings {
  readonly evaluation: Omit<
    StudyEvaluationSettings,
    'weightedPairs' | 'against' | 'secondJudge' | 'largerBeta'
  >;
  readonly maxNewTokens: number;
  /** Sequences in memory at once. */
  readonly microBatchSize: number;
  readonly seed: number;
}

/** π_ref and how a policy is measured beside it: responses against the references', or the start's, by the judge, and the exact KL on samples. */
export interface OpenEvaluator {
  readonly reference: CausalLanguageModel;
  readonly evaluations: Omit<EvaluationsPlan, 'steps' | 'directory'>;
  dispose(): void;
}

export type EvaluatorFolders = Readonly<Record<'corpus' | 'policy' | 'gold', string>> &
  Readonly<Partial<Record<'start' | 'baseline', string>>>;

/**
 * Opens all that measures a policy, from the folders of the stages that made it.
 *
 * @param folders `start` where responses are compared with those of the policy that all runs start from, `baseline` where that
 *   policy has been measured already
 * @param hints of the stage that measures
 */
export async function openEvaluator(
  folders: EvaluatorFolders,
  { evaluation, maxNewTokens, microBatchSize, seed }: EvaluatorSettings,
  hints: unknown,
): Promise<OpenEvaluator> {
  const corpus = await openCorpus(folders.corpus);
  const decode = responseText(corpus);
  const own = examplesOf(corpus, 'evaluation');
  const examples = folders.start === undefined ? own : await answeredAtStart(folders.start, own, decode);
  const reference = await loadPretrained(join(folders.policy, 'model'));
  const gold = await openGold(folders.gold, corpus, hints);
  const { points, prompts, allPromptsAt, klPrompts, temperature, otherTemperature } = evaluation;
  const [baseline] = folders.baseline === undefined ? [] : await readEvaluations(folders.baseline);
  const referenceRewards = baseline && rewardsOfReferences(baseline, examples.length);
  const at = (responses: number, alongKl = responses): PolicyEvaluator =>
    policyEvaluator(examples.map(tokensOnly), {
      reference,
      scorer: gold.scorer,
      loss: false,
      ...(referenceRewards && { referenceRewards }),
      maxNewTokens,
      temperature: responses,
      klTemperature: alongKl,
      klPrompts,
      seed,
      // All responses in one call: a reward model batches them by length.
      batchSizes: { score: examples.length, kl: microBatchSize },
    });
  return {
    reference,
    evaluations: {
      points,
      examples,
      text: (tokens) => decode(tokens).trim(),
      ...(baseline && { baseline }),
      evaluator: at(temperature, evaluation.klTemperature),
      ...(prompts !== undefined && { prompts }),
      ...(allPromptsAt && { allPromptsAt }),
      ...(otherTemperature !== undefined && {
        otherTemperature: { temperature: otherTemperature, evaluator: at(otherTemperature) },
      }),
    },
    dispose() {
      reference.dispose();
      gold.dispose();
    },
  };
}

/** What the judge gave all references when the start was measured; nothing where it did not say. */
function rewardsOfReferences({ responses }: RecordedEvaluation, count: number): number[] | undefined {
  const rewards = responses.flatMap(({ referenceReward }) => referenceReward ?? []);
  return rewards.length === count ? rewards : undefined;
}
