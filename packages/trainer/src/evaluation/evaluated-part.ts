import type { TokenizedExample } from '@ais/data';
import {
  compareAll,
  isPairwise,
  type PairVerdict,
  pairOutcomes,
  positionBias,
  type Scorer,
  scoreAll,
  winRateOfOutcomes,
} from '@ais/gold-eval';
import { summarizeSums } from '@ais/kl';
import type { CausalLanguageModel, Generation, PromptResponse } from '@ais/language-model';
import { TrainerError } from '../errors.js';
import { mean } from '../run/mean.js';
import { requireWhole } from '../run/require-whole.js';
import { evaluateKl, klAlongResponses } from './evaluate-kl.js';
import type { JudgedResponse, PolicyEvaluation, PolicyEvaluatorOptions } from './policy-evaluation.js';
import { type SummedLoss, summedLoss } from './supervised-loss.js';

/** What is measured on some of the examples, before anything is averaged; JSON, as it is kept in files. */
export type EvaluatedPart = {
  readonly loss?: SummedLoss;
  /** One per example, in order. */
  readonly responses: readonly { readonly tokens: readonly number[]; readonly finished: boolean }[];
  /** Of a scorer, for each response and each example's own. */
  readonly rewards?: readonly number[];
  readonly referenceRewards?: readonly number[];
  /** Of a judge that compares. */
  readonly verdicts?: readonly { readonly [Key in keyof PairVerdict]: PairVerdict[Key] }[];
  /** Of the first examples. */
  readonly kl?: { readonly sums: readonly number[]; readonly tokens: number };
};

/** How a part is evaluated. */
export interface PartOptions extends Omit<PolicyEvaluatorOptions, 'klPrompts' | 'referenceRewards'> {
  /** The KL divergence is measured on this many examples, the first ones of the part. */
  readonly measured: number;
  /** The number of each prompt's random stream; its place in the part by default. */
  readonly streams?: readonly number[];
  /** Scores of the examples' own responses, which `score` gives; those of the part by default. */
  readonly ownRewards?: (
    score: (items: readonly PromptResponse[]) => Promise<readonly number[]>,
  ) => Promise<readonly number[]>;
  readonly signal?: AbortSignal;
  /** Told of responses sampled, scored, and measured, {@link stepsOfPart} of them. */
  readonly onProgress?: (completed: number) => void;
}

/** Responses that are sampled, scored, and measured for a number of examples, `own` of whose own responses are scored too. */
export function stepsOfPart(
  examples: number,
  own: number,
  measured: number,
  { reference, scorer, temperature = TEMPERATURE, klTemperature = 1 }: PolicyEvaluatorOptions,
): number {
  const judged = !scorer ? 0 : isPairwise(scorer) ? examples : examples + own;
  return examples + judged + (reference ? (klTemperature === temperature ? 1 : 2) * measured : 0);
}

/** Of the judged responses, and prompts that the KL divergence is measured on, by default. */
const TEMPERATURE = 0.01;
export const KL_PROMPTS = 512;

/**
 * Checks how policies are to be evaluated, before anything is measured, which takes long.
 *
 * @param examples how many there are
 * @throws {TrainerError} `invalid-option` naming the option that is out of range; or without examples
 */
export function requireEvaluation(
  examples: number,
  {
    maxNewTokens,
    temperature = TEMPERATURE,
    klTemperature = 1,
    klPrompts = KL_PROMPTS,
    batchSizes = {},
  }: PolicyEvaluatorOptions,
): void {
  if (examples === 0) throw new TrainerError('invalid-option', 'There are no examples to evaluate on.');
  requireWhole('maxNewTokens', maxNewTokens, 1);
  requireWhole('klPrompts', klPrompts, 0);
  for (const [name, value] of Object.entries({ temperature, klTemperature })) {
    if (Number.isFinite(value) && value >= 0) continue;
    throw new TrainerError('invalid-option', `${name} must be a finite number ≥ 0, got ${value}.`);
  }
  for (const [name, size = 1] of Object.entries(batchSizes)) requireWhole(`batchSizes.${name}`, size, 1);
}

/** Measures a policy on some examples. */
export async function evaluatePart(
  policy: CausalLanguageModel,
  examples: readonly TokenizedExample[],
  options: PartOptions,
): Promise<EvaluatedPart> {
  const { reference, scorer, loss = true, maxNewTokens, seed, batchSizes = {}, measured } = options;
  const { temperature = TEMPERATURE, klTemperature = 1, streams, signal, onProgress } = options;
  const { ownRewards = (score) => score(examples) } = options;
  const prompts = examples.map(({ prompt }) => prompt);
  const stopping = signal ? { signal } : {};
  const streamsOf = (count: number) => (streams ? { streams: streams.slice(0, count) } : {});
  let before = 0;
  const report = (completed: number): void => onProgress?.(before + completed);
  const asking = { ...stopping, ...batch(batchSizes.score), onProgress: report };

  const summed = loss
    ? await summedLoss(policy, examples, { ...batch(batchSizes.loss), ...stopping })
    : undefined;
  const generations = await policy.generate(prompts, {
    maxNewTokens,
    temperature,
    seed,
    ...streamsOf(prompts.length),
    ...stopping,
    onProgress: ({ finishedResponses }) => report(finishedResponses),
  });
  before += prompts.length;
  const answered = answersTo(prompts, generations);

  const score = async (own: Scorer<PromptResponse>, items: readonly PromptResponse[]): Promise<number[]> => {
    const rewards = await scoreAll(own, items, asking);
    before += items.length;
    return rewards;
  };
  const judge = async (): Promise<Pick<EvaluatedPart, 'rewards' | 'referenceRewards' | 'verdicts'>> => {
    if (!scorer) return {};
    if (isPairwise(scorer)) {
      const pairs = examples.map((b, index) => ({ a: answered[index] ?? b, b }));
      const verdicts = await compareAll(scorer, pairs, asking);
      before += pairs.length;
      return { verdicts: verdicts.map((verdict) => ({ ...verdict })) };
    }
    const referenceRewards = await ownRewards((items) => score(scorer, items));
    return { referenceRewards, rewards: await score(scorer, answered) };
  };
  const judged = await judge();

  const measuring = { ...batch(batchSizes.kl), ...stopping, onProgress: report };
  const measureKl = (of: Pick<CausalLanguageModel, 'responseLogitRows'>) =>
    klTemperature === temperature
      ? klAlongResponses(policy, of, answered.slice(0, measured), measuring)
      : evaluateKl(policy, of, prompts.slice(0, measured), {
          maxNewTokens,
          temperature: klTemperature,
          seed,
          ...streamsOf(measured),
          ...measuring,
        });
  const kl = reference && measured > 0 ? await measureKl(reference) : undefined;
  return {
    ...(summed && { loss: summed }),
    responses: generations.map(({ tokens, finished }) => ({ tokens, finished })),
    ...judged,
    ...(kl && { kl: { sums: kl.sums, tokens: kl.tokens } }),
  };
}

/** One response per prompt, in order. */
function answersTo(
  prompts: readonly (readonly number[])[],
  generations: readonly Generation[],
): PromptResponse[] {
  return generations.map(({ prompt, tokens }) => ({ prompt: prompts[prompt] ?? [], response: tokens }));
}

/** A part, and the places of its examples among all. */
export interface PlacedPart {
  readonly part: EvaluatedPart;
  readonly places: readonly number[];
}

/** What parts say together, as one part with all examples would. */
export function summarizeParts(
  examples: readonly TokenizedExample[],
  parts: readonly PlacedPart[],
): PolicyEvaluation {
  const inOrder = <Value>(valuesOf: (part: EvaluatedPart) => readonly Value[] | undefined): Value[] => {
    const values: Value[] = [];
    for (const { part, places } of parts) {
      valuesOf(part)?.forEach((value, index) => {
        values[places[index] ?? index] = value;
      });
    }
    return values;
  };
  const answers = inOrder(({ responses }) => responses);
  const lossTokens = total(parts, ({ loss }) => loss?.tokens);
  const sums = inOrder(({ kl }) => kl?.sums);
  const kl =
    sums.length > 0
      ? summarizeSums(
          sums,
          total(parts, ({ kl }) => kl?.tokens),
        )
      : undefined;
  const judgment = judgmentOf(inOrder);
  const outcomes = judgment?.outcomes;
  const winRate = outcomes && winRateOfOutcomes(outcomes);
  const responses = answers.map(({ tokens, finished }, index): JudgedResponse => {
    const [reward, own] = [judgment?.rewards[index], judgment?.referenceRewards[index]];
    return {
      id: examples[index]?.id ?? '',
      tokens,
      length: tokens.length,
      finished,
      ...(reward !== undefined && { reward }),
      ...(own !== undefined && { referenceReward: own }),
    };
  });
  return {
    metrics: {
      ...(lossTokens > 0 && { eval_loss: total(parts, ({ loss }) => loss?.total) / lossTokens }),
      ...(winRate && {
        eval_win_rate: winRate.rate,
        eval_win_rate_low: winRate.low,
        eval_win_rate_high: winRate.high,
        eval_ties: winRate.ties,
        eval_reward: mean(judgment?.rewards ?? []),
        eval_reference_reward: mean(judgment?.referenceRewards ?? []),
      }),
      ...(judgment?.positionBias !== undefined && { eval_position_bias: judgment.positionBias }),
      ...(kl && { eval_kl: kl.mean, eval_kl_standard_error: kl.standardError }),
      eval_mean_length: mean(answers.map(({ tokens }) => tokens.length)),
    },
    responses,
    ...(winRate && outcomes && { winRate, outcomes }),
    ...(kl && { kl: { mean: kl.mean, standardError: kl.standardError, perPrompt: kl.sums } }),
  };
}

/** How responses compare with the examples' own, one entry per example. */
interface Judgment {
  readonly rewards: readonly number[];
  readonly referenceRewards: readonly number[];
  readonly outcomes: readonly number[];
  readonly positionBias?: number;
}

function judgmentOf(
  inOrder: <Value>(valuesOf: (part: EvaluatedPart) => readonly Value[] | undefined) => Value[],
): Judgment | undefined {
  const rewards = inOrder((part) => part.rewards);
  if (rewards.length > 0) {
    const referenceRewards = inOrder((part) => part.referenceRewards);
    return { rewards, referenceRewards, outcomes: pairOutcomes(rewards, referenceRewards) };
  }
  const verdicts = inOrder((part) => part.verdicts);
  if (verdicts.length === 0) return undefined;
  const outcomes = verdicts.map(({ outcome }) => outcome);
  const bothOrders = verdicts.every(({ aFirst, bFirst }) => aFirst !== undefined && bFirst !== undefined);
  return {
    rewards: outcomes,
    referenceRewards: outcomes.map((outcome) => 1 - outcome),
    outcomes,
    ...(bothOrders && { positionBias: positionBias(verdicts).rate }),
  };
}

const batch = (size: number | undefined): { readonly batchSize?: number } =>
  size === undefined ? {} : { batchSize: size };

const total = (parts: readonly PlacedPart[], of: (part: EvaluatedPart) => number | undefined): number =>
  parts.reduce((sum, { part }) => sum + (of(part) ?? 0), 0);
