import { type Examples, firstExamples } from '@ais/data';
import {
  type ItemPair,
  isPairwise,
  type Judge,
  type JudgeAgreement,
  judgeAgreement,
  judgePairs,
  verifyJudge,
} from '@ais/gold-eval';
import type { PromptResponse } from '@ais/language-model';
import type { Metrics } from '@ais/trainer';
import type { StepContext } from '../context.js';
import { counted } from '../corpus/counted-lengths.js';
import { PipelineError } from '../errors.js';
import type { OpenScorer } from '../registries/scorers.js';
import { requireCount } from '../settings/require-count.js';

/** Pairs that a judge is tried on. */
export const TRIED = 4;

/**
 * Tries a judge on a few pairs, before the first hour of work: one that does not answer, or answers twice in different ways,
 * is noticed now.
 *
 * @param examples that the judge will meet; each response is compared with the next one's
 * @throws {GoldEvalError} if the judge contradicts itself; and what the judge throws
 * @example
 * const judge = await openScorer('oracle', { text: corpus });
 * await tryJudge(judge.scorer, examplesOf(corpus, 'evaluation'), stepContext());
 */
export async function tryJudge(
  judge: Judge<PromptResponse>,
  examples: Examples<PromptResponse>,
  { signal }: Pick<StepContext, 'signal'>,
): Promise<void> {
  if (examples.length === 0) return;
  const at = (index: number): PromptResponse => examples.at(index % examples.length) as PromptResponse;
  const count = Math.max(2, Math.min(TRIED, examples.length));
  const pairs = Array.from({ length: count }, (_, index): ItemPair<PromptResponse> => {
    const { prompt, response } = at(index);
    return { a: { prompt, response }, b: { prompt, response: at(index + 1).response } };
  });
  await verifyJudge(judge, pairs, { signal });
}

/**
 * Refuses a judge that only compares where labels are drawn by the difference of scores.
 *
 * @param name of the judge, as it was given
 * @param key of the setting that asks for such labels
 * @throws {PipelineError} `invalid-setting`
 */
export function requireScores(judge: Judge<never>, name: string, key: 'rule' | 'labels'): void {
  if (!isPairwise(judge)) return;
  throw new PipelineError(
    'invalid-setting',
    `${key}: bradley-terry draws labels by the difference of scores, and ${name} compares without scores. Use ` +
      `${key === 'rule' ? '--rule mode' : '--set labels=mode'}, or a pointwise judge.`,
    { key },
  );
}

/** A pair of tokens whose label is taken as the truth, for a judge to be compared with. */
export interface JudgedPair {
  readonly prompt: readonly number[];
  readonly chosen: readonly number[];
  readonly rejected: readonly number[];
}

/**
 * How far a judge agrees with the labels of held-out pairs.
 *
 * @param pairs the first `limit` of them are judged
 * @returns the share on which they agree, Cohen's κ, and their intervals; undefined if there are no pairs
 * @throws {PipelineError} `invalid-setting` for a limit that is not an integer, or below 0
 * @throws what the judge throws
 * @example
 * const judge = await openScorer('oracle', { text: corpus });
 * const pairs = pairsOfCorpus(examplesOf(corpus, 'supervised'), corpus.source); // the oracle has ordered them
 * const agreement = await agreementWithLabels(judge.scorer, pairs, 16, stepContext());
 * console.log(agreement?.accuracy); // 1
 */
export async function agreementWithLabels(
  judge: Judge<PromptResponse>,
  pairs: Examples<JudgedPair>,
  limit: number,
  { signal, title, onProgress }: Pick<StepContext, 'signal' | 'title' | 'onProgress'>,
): Promise<JudgeAgreement | undefined> {
  requireCount('limit', limit, 0);
  const labeled = [...firstExamples(pairs, limit)];
  if (labeled.length === 0) return undefined;
  // Every other pair the other way round: a judge that favors the first response must not seem to be right.
  const labels = labeled.map((_, index) => (index % 2 === 0 ? 1 : 0));
  const verdicts = await judgePairs(
    judge,
    labeled.map(({ prompt, chosen, rejected }, index): ItemPair<PromptResponse> => {
      const [a, b] = labels[index] === 1 ? [chosen, rejected] : [rejected, chosen];
      return { a: { prompt, response: a }, b: { prompt, response: b } };
    }),
    {
      signal,
      onProgress: (completed, total) => onProgress({ task: `judge of ${title}`, completed, total }),
    },
  );
  return judgeAgreement(
    verdicts.map(({ outcome }) => outcome),
    labels,
    { exchangeable: true },
  );
}

/**
 * The agreement by the names under which it goes beside the win rate: `eval_judge_agreement` (with `_low` and `_high`, 95 %),
 * `eval_judge_kappa` (likewise), `eval_judge_ties`, and `eval_judge_pairs`, how many there were.
 */
export function agreementMetrics(found: JudgeAgreement | undefined): Metrics {
  if (!found) return {};
  return {
    eval_judge_agreement: found.accuracy,
    eval_judge_agreement_low: found.low,
    eval_judge_agreement_high: found.high,
    eval_judge_kappa: found.kappa,
    eval_judge_kappa_low: found.kappaLow,
    eval_judge_kappa_high: found.kappaHigh,
    eval_judge_ties: found.judgeTies,
    eval_judge_pairs: found.n,
  };
}

/**
 * Tells, as a warning, what a language model was asked for: requests, tokens, and answers that came from the cache. Says nothing of a
 * judge that is no language model.
 *
 * @param name of the judge
 * @example
 * const usage = () => ({ calls: 2, promptTokens: 60, completionTokens: 8, cached: 1 });
 * reportUsage('openai:small', { usage }, { onWarning: (message) => console.log(message) });
 * // openai:small: 2 requests with 60 prompt tokens and 8 answer tokens; 1 from the cache.
 */
export function reportUsage(
  name: string,
  { usage }: Pick<OpenScorer, 'usage'>,
  { onWarning }: Pick<StepContext, 'onWarning'>,
): void {
  const spent = usage?.();
  if (!spent) return;
  const { calls, promptTokens, completionTokens, cached } = spent;
  onWarning(
    `${name}: ${counted(calls, 'request')} with ${counted(promptTokens, 'prompt token')} and ${counted(completionTokens, 'answer token')}; ${cached} from the cache.`,
  );
}
