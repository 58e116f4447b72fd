import { join } from 'node:path';
import type { Tokenizer } from '@ais/data';
import { winRate } from '@ais/gold-eval';
import type { CausalLanguageModel, RewardModel } from '@ais/language-model';
import { evaluateKl, scoreSequences } from '@ais/trainer';
import { writeJson } from '../stage.js';
import type { CorpusExample } from './demo-corpus.js';
import type { DemoSettings } from './demo-settings.js';

/** One evaluation of a policy: its greedy responses judged by the gold model, and its KL from the reference. */
export interface PolicyEvaluation {
  readonly step: number;
  /** Share of the preference epochs that was done. */
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
  }[];
}

export interface Evaluator {
  readonly reference: CausalLanguageModel;
  readonly gold: RewardModel;
  readonly examples: readonly CorpusExample[];
  /** Gold rewards of the reference summaries, in the order of the examples. */
  readonly referenceRewards: readonly number[];
  readonly tokenizer: Tokenizer;
  readonly settings: DemoSettings;
  readonly signal: AbortSignal;
}

/**
 * Win rate of greedy responses against the reference summaries, and the exact KL on sampled ones.
 *
 * The same prompts and random streams serve every method and step, so that differences are paired.
 */
export async function evaluatePolicy(
  policy: CausalLanguageModel,
  at: { readonly step: number; readonly fraction: number },
  evaluator: Evaluator,
): Promise<PolicyEvaluation> {
  const { examples, gold, reference, referenceRewards, settings, signal, tokenizer } = evaluator;
  const prompts = examples.map(({ prompt }) => prompt);
  const maxNewTokens = settings.corpus.maxResponseTokens;
  const greedy = await policy.generate(prompts, {
    maxNewTokens,
    temperature: 0,
    seed: settings.seed,
    signal,
  });
  const rewards = await scoreSequences(
    gold,
    greedy.map(({ prompt, tokens }) => [...(prompts[prompt] ?? []), ...tokens]),
    { signal },
  );
  const kl = await evaluateKl(policy, reference, prompts.slice(0, settings.evaluation.klPrompts), {
    maxNewTokens,
    seed: settings.seed,
    signal,
  });
  return {
    ...at,
    winRate: winRate(rewards, referenceRewards),
    outcomes: rewards.map((reward, index) => outcome(reward, referenceRewards[index] ?? Number.NaN)),
    kl: { mean: kl.mean, standardError: kl.standardError },
    meanLength: mean(greedy.map(({ tokens }) => tokens.length)),
    meanReward: mean(rewards),
    responses: greedy.map(({ prompt, tokens }, index) => ({
      id: examples[prompt]?.id ?? '',
      text: tokenizer.decode(tokens.filter((token) => token !== tokenizer.endOfTextToken)).trim(),
      length: tokens.length,
      reward: rewards[index] ?? Number.NaN,
    })),
  };
}

/** Where a method's evaluation at a step is kept. */
export function evaluationPath(directory: string, step: number): string {
  return join(directory, 'evaluations', `step-${step}.json`);
}

export function writeEvaluation(directory: string, evaluation: PolicyEvaluation): Promise<void> {
  return writeJson(evaluationPath(directory, evaluation.step), evaluation);
}

function outcome(reward: number, reference: number): number {
  return reward === reference ? 0.5 : Number(reward > reference);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
