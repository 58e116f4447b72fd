import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tokenizer } from '@ais/data';
import type { WinRate } from '@ais/gold-eval';
import { type CausalLanguageModel, loadPretrained, loadRewardModel } from '@ais/language-model';
import {
  type PolicyEvaluation,
  type PolicyEvaluator,
  policyEvaluator,
  rewardModelScorer,
  type TrainingOptions,
} from '@ais/trainer';
import { readJson, writeJson } from '../durable-json.js';
import { decodeResponse, loadCorpusTokenizer, loadSplit } from './corpus-stage.js';
import type { StageContext } from './stage-context.js';
import type { EvaluationSettings } from './stage-settings.js';

/** One evaluation of a policy along its training, as its folder keeps it. */
export interface StoredEvaluation {
  readonly step: number;
  /** Share of the training that was done. */
  readonly fraction: number;
  readonly winRate: WinRate;
  /** Outcome against each reference summary: 1, ½ (tie) or 0, in the order of the examples. */
  readonly outcomes: readonly number[];
  /** Exact sequence KL(π_θ‖π_ref) in nats, averaged over sampled responses. */
  readonly kl: { readonly mean: number; readonly standardError: number };
  /** Tokens, end-of-text included. */
  readonly meanLength: number;
  readonly meanReward: number;
  readonly responses: readonly {
    readonly id: string;
    readonly text: string;
    readonly length: number;
    readonly reward: number;
    /** Gold reward of the reference summary to the same prompt. */
    readonly referenceReward: number;
  }[];
}

/** What judges a policy: greedy responses against the reference summaries by the gold model, and the exact KL on sampled ones. */
export interface Evaluator extends PolicyEvaluator {
  readonly reference: CausalLanguageModel;
  readonly tokenizer: Tokenizer;
  dispose(): void;
}

/** Loads everything that judges a policy from the folders of the stages that made it. */
export async function openEvaluator(
  folders: Readonly<Record<'corpus' | 'policy' | 'gold', string>>,
  options: {
    readonly evaluation: EvaluationSettings;
    readonly maxNewTokens: number;
    readonly microBatchSize: number;
    readonly seed: number;
  },
): Promise<Evaluator> {
  const { evaluation, maxNewTokens, microBatchSize, seed } = options;
  const examples = await loadSplit(folders.corpus, 'evaluation');
  const tokenizer = await loadCorpusTokenizer(folders.corpus);
  const reference = await loadPretrained(join(folders.policy, 'model'));
  const gold = await loadRewardModel(join(folders.gold, 'model'));
  const { evaluate } = policyEvaluator(examples, {
    ...{ reference, scorer: await rewardModelScorer(gold), loss: false },
    ...{ maxNewTokens, temperature: 0, klPrompts: evaluation.klPrompts, seed },
    // All responses in one call: the gold model batches them by length.
    batchSizes: { score: examples.length, kl: microBatchSize },
  });
  return {
    ...{ reference, tokenizer, evaluate },
    dispose() {
      reference.dispose();
      gold.dispose();
    },
  };
}

/**
 * What makes a training evaluate its policy at its start and `points` times after it, into its folder.
 *
 * Evaluations report their progress as a task of their own: the remaining time of the training is reckoned from its steps.
 */
export function evaluationsAlong(
  policy: CausalLanguageModel,
  evaluator: Evaluator,
  training: { readonly steps: number; readonly points: number; readonly directory: string },
  { title, signal, progress }: StageContext,
): Pick<Required<TrainingOptions>, 'evaluateAt' | 'onEvaluate'> {
  const { steps, points, directory } = training;
  return {
    evaluateAt: evaluationSteps(steps, points),
    onEvaluate: async ({ step }) => {
      const evaluation = await evaluator.evaluate(policy, {
        signal,
        onProgress: (completed, total) =>
          progress({ task: `evaluation of ${title}`, completed, total, detail: `step ${step}` }),
      });
      const stored = storedEvaluation({ step, fraction: step / steps }, evaluation, evaluator.tokenizer);
      await writeJson(join(directory, 'evaluations', `step-${step}.json`), stored);
      return evaluation.metrics;
    },
  };
}

function storedEvaluation(
  at: { readonly step: number; readonly fraction: number },
  { metrics, winRate, outcomes, kl, responses }: PolicyEvaluation,
  tokenizer: Tokenizer,
): StoredEvaluation {
  if (!winRate || !outcomes || !kl) throw new Error('An evaluation of a study has a win rate and a KL.');
  return {
    ...at,
    ...{ winRate, outcomes, kl },
    meanLength: metrics['eval_mean_length'] ?? Number.NaN,
    meanReward: metrics['eval_reward'] ?? Number.NaN,
    responses: responses.map(({ id, tokens, length, reward, referenceReward }) => ({
      id,
      text: decodeResponse(tokenizer, tokens),
      length,
      reward: reward ?? Number.NaN,
      referenceReward: referenceReward ?? Number.NaN,
    })),
  };
}

/** Step 0, then `points` steps as evenly spaced as whole steps allow, the last step among them. */
export function evaluationSteps(steps: number, points: number): number[] {
  const all = Array.from({ length: points + 1 }, (_, index) => Math.round((index * steps) / points));
  return [...new Set(all)];
}

/** The evaluations of a training in the order of their steps. */
export async function loadEvaluations(directory: string): Promise<StoredEvaluation[]> {
  const folder = join(directory, 'evaluations');
  const evaluations: StoredEvaluation[] = [];
  for (const file of await readdir(folder)) {
    const evaluation = await readJson<StoredEvaluation>(join(folder, file));
    if (evaluation) evaluations.push(evaluation);
  }
  return evaluations.sort((a, b) => a.step - b.step);
}
