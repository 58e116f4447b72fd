import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CausalLanguageModel } from '@ais/language-model';
import { FileError, readJson, writeJson } from '@ais/runtime/files';
import type {
  EvaluationControl,
  MeasuredKl,
  Metrics,
  PolicyEvaluation,
  PolicyEvaluator,
  TrainingOptions,
} from '@ais/trainer';
import type { StepContext } from '../context.js';
import type { CorpusExample, responseText } from '../corpus/corpus.js';
import { nearestToShare } from '../settings/evaluation-settings.js';
import { requireCount } from '../settings/require-count.js';
import { evaluationSteps } from './training-options.js';

/** One evaluation of a policy along its training, as the run's folder has it. */
export interface RecordedEvaluation {
  readonly step: number;
  /** Share of the training that was done. */
  readonly fraction: number;
  readonly metrics: Metrics;
  /** Against the reference responses; absent without a judge. */
  readonly winRate?: NonNullable<PolicyEvaluation['winRate']>;
  /** 1, ½ (tie), or 0 for each prompt, in order. */
  readonly outcomes?: readonly number[];
  /** Exact KL(π_θ‖π_ref) of whole responses, in nats; absent without a reference. */
  readonly kl?: RecordedKl;
  /** One for each prompt, in order. */
  readonly responses: readonly RecordedResponse[];
  /** The same policy's responses at another temperature; only where that was asked for. */
  readonly otherTemperature?: RecordedTemperature;
}

/** Evaluations of earlier versions lack the divergence of each prompt. */
type RecordedKl = Pick<MeasuredKl, 'mean' | 'standardError'> & Partial<MeasuredKl>;

/** What another temperature gave, without the responses. */
export interface RecordedTemperature
  extends Pick<RecordedEvaluation, 'metrics' | 'winRate' | 'outcomes' | 'kl'> {
  readonly temperature: number;
}

/** A response of an evaluation, as the run’s folder keeps it. */
export interface RecordedResponse {
  readonly id: string;
  /** What was answered, as the policy saw it. */
  readonly prompt: string;
  readonly text: string;
  /** The reference response to the same prompt. */
  readonly reference: string;
  readonly referenceLength: number;
  /** Tokens, end-of-text included. */
  readonly length: number;
  readonly finished: boolean;
  readonly reward?: number;
  /** Of the reference response to the same prompt. */
  readonly referenceReward?: number;
}

/** Where and when a policy is evaluated along its training. */
export interface EvaluationsPlan {
  readonly evaluator: PolicyEvaluator;
  /** What the evaluator asks, in its order, as text. */
  readonly examples: readonly CorpusExample[];
  /** A response's tokens as text. */
  readonly text: ReturnType<typeof responseText>;
  /** Updates of the whole training. */
  readonly steps: number;
  /** Evaluations after the one at the start. */
  readonly points: number;
  /** Prompts of an evaluation, the first ones of the examples; all by default. */
  readonly prompts?: number;
  /** Shares of training at which all prompts are asked all the same, as at the start and at the end. */
  readonly allPromptsAt?: readonly number[];
  /** The evaluation at the start, where it is known already. */
  readonly baseline?: RecordedEvaluation;
  /** Measures at another temperature too, at the start and at the end. */
  readonly otherTemperature?: { readonly temperature: number; readonly evaluator: PolicyEvaluator };
  /** The run's folder. */
  readonly directory: string;
}

/**
 * The options of a training that evaluate its policy at its start and `points` times after it. Each evaluation is kept in the run
 * directory, as `evaluations/step-N.json`, and reports its progress as a task of its own: the time that a training takes is estimated
 * from its updates.
 *
 * @param policy that is trained
 * @returns the options `evaluateAt` and `onEvaluate` of the trainer's functions
 * @throws {PipelineError} `invalid-setting` for a number of the plan that is not an integer, or too small
 * @example
 * const examples = examplesOf(corpus, 'evaluation', 4);
 * const evaluator = policyEvaluator(examples, { maxNewTokens: 8, temperature: 0, seed: 1 });
 * const plan = { evaluator, examples, text: responseText(corpus), steps: 10, points: 2, directory: 'runs/dpo' };
 * const { evaluateAt, onEvaluate } = evaluationsAlong(model, plan, stepContext());
 * await onEvaluate({ step: 0 });
 * console.log(evaluateAt, (await readEvaluations('runs/dpo'))[0]?.responses.length); // [ 0, 5, 10 ] 4
 */
export function evaluationsAlong(
  policy: CausalLanguageModel,
  plan: EvaluationsPlan,
  { title, onProgress }: Pick<StepContext, 'title' | 'onProgress'>,
): Pick<Required<TrainingOptions>, 'evaluateAt' | 'onEvaluate'> {
  const { evaluator, examples, text, steps, points, prompts, baseline, directory } = plan;
  const { otherTemperature: other } = plan;
  if (prompts !== undefined) requireCount('prompts', prompts, 1);
  const keep = (evaluation: RecordedEvaluation): Promise<void> =>
    writeJson(join(directory, 'evaluations', `step-${evaluation.step}.json`), evaluation);
  const evaluateAt = evaluationSteps(steps, points);
  const asksAll = stepsWithAllPrompts(plan, evaluateAt);
  return {
    evaluateAt,
    onEvaluate: async ({ step, signal }) => {
      if (step === 0 && baseline) {
        await keep(baseline);
        return baseline.metrics;
      }
      const control = {
        ...(signal && { signal }),
        onProgress: (completed: number, total: number) =>
          onProgress({ task: `evaluation of ${title}`, completed, total, detail: `step ${step}` }),
      };
      const all = asksAll.has(step);
      const evaluation = await evaluator.evaluate(policy, {
        ...control,
        ...(!all && prompts !== undefined && { prompts }),
      });
      const recorded = recordedEvaluation(evaluation, { step, fraction: step / steps }, examples, text);
      await keep({
        ...recorded,
        ...((step === 0 || step === steps) &&
          other && { otherTemperature: await atTemperature(policy, other, control) }),
      });
      return evaluation.metrics;
    },
  };
}

/** The start, the end, and the evaluations nearest to the shares that are named. */
function stepsWithAllPrompts(
  { steps, allPromptsAt = [] }: Pick<EvaluationsPlan, 'steps' | 'allPromptsAt'>,
  evaluateAt: readonly number[],
): ReadonlySet<number> {
  const nearest = (share: number): number => nearestToShare(evaluateAt, share, (step) => step / steps) ?? 0;
  return new Set([0, ...allPromptsAt, 1].map(nearest));
}

async function atTemperature(
  policy: CausalLanguageModel,
  { temperature, evaluator }: NonNullable<EvaluationsPlan['otherTemperature']>,
  control: EvaluationControl,
): Promise<RecordedTemperature> {
  const { metrics, winRate, outcomes, kl } = await evaluator.evaluate(policy, control);
  return {
    temperature,
    metrics,
    ...(winRate && { winRate }),
    ...(outcomes && { outcomes }),
    ...(kl && { kl }),
  };
}

/** An evaluation as it is kept: its responses as text. */
export function recordedEvaluation(
  { metrics, winRate, outcomes, kl, responses }: PolicyEvaluation,
  at: { readonly step: number; readonly fraction: number },
  examples: readonly CorpusExample[],
  text: ReturnType<typeof responseText>,
): RecordedEvaluation {
  return {
    ...at,
    metrics,
    ...(winRate && { winRate }),
    ...(outcomes && { outcomes }),
    ...(kl && { kl }),
    responses: responses.map(({ id, tokens, length, finished, reward, referenceReward }, index) => ({
      id,
      prompt: examples[index]?.promptText ?? '',
      text: text(tokens, examples[index]?.prompt),
      reference: examples[index]?.responseText ?? '',
      referenceLength: examples[index]?.response.length ?? 0,
      length,
      finished,
      ...(reward !== undefined && { reward }),
      ...(referenceReward !== undefined && { referenceReward }),
    })),
  };
}

/**
 * The evaluations that a run directory holds, in the order of their steps; none if it has no evaluations.
 *
 * @param directory of a run of `ais train`
 * @throws {FileError} `damaged-file` naming one that is none
 * @example
 * const evaluations = await readEvaluations('runs/train');
 * console.log(evaluations.map(({ step, metrics }) => [step, metrics['eval_win_rate']])); // [ [ 0, 0.5 ], [ 20, 0.75 ] ]
 */
export async function readEvaluations(directory: string): Promise<RecordedEvaluation[]> {
  const folder = join(directory, 'evaluations');
  const files = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    files.filter((file) => /^step-\d+\.json$/.test(file)).map((file) => readEvaluation(join(folder, file))),
  );
  return found.toSorted((a, b) => a.step - b.step);
}

async function readEvaluation(path: string): Promise<RecordedEvaluation> {
  const evaluation = await readJson<Partial<RecordedEvaluation> | null>(path);
  if (typeof evaluation?.step === 'number') return evaluation as RecordedEvaluation;
  throw new FileError(
    'damaged-file',
    path,
    `${path} is no evaluation of a run. Restore the file, or remove it and resume the run.`,
  );
}
