import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tokenizer } from '@ais/data';
import { pairOutcomes, winRate } from '@ais/gold-eval';
import {
  type CausalLanguageModel,
  loadPretrained,
  loadRewardModel,
  type RewardModel,
} from '@ais/language-model';
import { evaluateKl, type Metrics, scoreSequences, type TrainingOptions } from '@ais/trainer';
import { readJson, writeJson } from '../durable-json.js';
import { type CorpusExample, decodeResponse, loadCorpusTokenizer, loadSplit } from './corpus-stage.js';
import type { StageContext } from './stage-context.js';
import type { EvaluationSettings } from './stage-settings.js';

/** One evaluation of a policy: its greedy responses judged by the gold model, and its KL from the reference. */
export interface PolicyEvaluation {
  readonly step: number;
  /** Share of the training that was done. */
  readonly fraction: number;
  readonly winRate: ReturnType<typeof winRate>;
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

export interface Evaluator {
  readonly reference: CausalLanguageModel;
  readonly gold: RewardModel;
  readonly examples: readonly CorpusExample[];
  /** Gold rewards of the reference summaries, in the order of the examples. */
  readonly referenceRewards: readonly number[];
  readonly tokenizer: Tokenizer;
  readonly maxNewTokens: number;
  readonly klPrompts: number;
  /** Sequences in memory at once. */
  readonly microBatchSize: number;
  readonly seed: number;
  readonly signal: AbortSignal;
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
  { title, signal, progress }: StageContext,
): Promise<Evaluator & { dispose(): void }> {
  const { evaluation, maxNewTokens, microBatchSize, seed } = options;
  const examples = await loadSplit(folders.corpus, 'evaluation');
  const tokenizer = await loadCorpusTokenizer(folders.corpus);
  const reference = await loadPretrained(join(folders.policy, 'model'));
  const gold = await loadRewardModel(join(folders.gold, 'model'));
  const dispose = (): void => {
    reference.dispose();
    gold.dispose();
  };
  try {
    const referenceRewards = await scoreSequences(
      gold,
      examples.map(({ prompt, response }) => [...prompt, ...response]),
      {
        signal,
        onProgress: (completed, total) =>
          progress({ task: `references of ${title}`, completed, total, detail: 'gold scores' }),
      },
    );
    const { klPrompts } = evaluation;
    return {
      ...{ reference, gold, examples, referenceRewards, tokenizer },
      ...{ maxNewTokens, klPrompts, microBatchSize, seed, signal },
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
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
  { title, progress }: StageContext,
): Pick<Required<TrainingOptions>, 'evaluateAt' | 'onEvaluate'> {
  const { steps, points, directory } = training;
  return {
    evaluateAt: evaluationSteps(steps, points),
    onEvaluate: async ({ step }) => {
      const at = { step, fraction: step / steps };
      const evaluation = await evaluatePolicy(policy, at, evaluator, (completed, total) =>
        progress({ task: `evaluation of ${title}`, completed, total, detail: `step ${step}` }),
      );
      await writeJson(join(directory, 'evaluations', `step-${step}.json`), evaluation);
      return evaluationMetrics(evaluation);
    },
  };
}

/**
 * Win rate of greedy responses against the reference summaries, and the exact KL on sampled ones.
 *
 * The same prompts and random streams serve every method and step, so that differences are paired.
 *
 * @param onProgress told of responses sampled, scored and measured, out of as many as there will be
 */
async function evaluatePolicy(
  policy: CausalLanguageModel,
  at: { readonly step: number; readonly fraction: number },
  evaluator: Evaluator,
  onProgress: (completed: number, total: number) => void,
): Promise<PolicyEvaluation> {
  const { examples, gold, reference, referenceRewards, maxNewTokens, seed, signal, tokenizer } = evaluator;
  const prompts = examples.map(({ prompt }) => prompt);
  const measured = prompts.slice(0, evaluator.klPrompts);
  const report = (completed: number): void => onProgress(completed, 2 * (prompts.length + measured.length));
  const greedy = await policy.generate(prompts, {
    ...{ maxNewTokens, temperature: 0, seed, signal },
    onProgress: ({ finishedResponses }) => report(finishedResponses),
  });
  const rewards = await scoreSequences(
    gold,
    greedy.map(({ prompt, tokens }) => [...(prompts[prompt] ?? []), ...tokens]),
    { signal, onProgress: (completed) => report(prompts.length + completed) },
  );
  const kl = await evaluateKl(policy, reference, measured, {
    ...{ maxNewTokens, seed, signal },
    batchSize: evaluator.microBatchSize,
    onProgress: (completed) => report(2 * prompts.length + completed),
  });
  return {
    ...at,
    winRate: winRate(rewards, referenceRewards),
    outcomes: pairOutcomes(rewards, referenceRewards),
    kl: { mean: kl.mean, standardError: kl.standardError },
    meanLength: mean(greedy.map(({ tokens }) => tokens.length)),
    meanReward: mean(rewards),
    responses: greedy.map(({ prompt, tokens }, index) => ({
      id: examples[prompt]?.id ?? '',
      text: decodeResponse(tokenizer, tokens),
      length: tokens.length,
      reward: rewards[index] ?? Number.NaN,
      referenceReward: referenceRewards[index] ?? Number.NaN,
    })),
  };
}

/** What a training's `metrics.jsonl` says of an evaluation. */
function evaluationMetrics({ winRate, kl, meanLength, meanReward }: PolicyEvaluation): Metrics {
  return {
    'evaluation/win_rate': winRate.rate,
    'evaluation/kl': kl.mean,
    'evaluation/mean_length': meanLength,
    'evaluation/gold_reward': meanReward,
  };
}

/** Step 0, then `points` steps as evenly spaced as whole steps allow, the last step among them. */
export function evaluationSteps(steps: number, points: number): number[] {
  const all = Array.from({ length: points + 1 }, (_, index) => Math.round((index * steps) / points));
  return [...new Set(all)];
}

/** The evaluations of a training in the order of their steps. */
export async function loadEvaluations(directory: string): Promise<PolicyEvaluation[]> {
  const folder = join(directory, 'evaluations');
  const evaluations: PolicyEvaluation[] = [];
  for (const file of await readdir(folder)) {
    const evaluation = await readJson<PolicyEvaluation>(join(folder, file));
    if (evaluation) evaluations.push(evaluation);
  }
  return evaluations.sort((a, b) => a.step - b.step);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
