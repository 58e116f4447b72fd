import { GoldEvalError, lengthControlledWinRate } from '@ais/gold-eval';
import type { RecordedEvaluation } from '@ais/pipeline';
import type { ReportedPoint, ReportedSample } from '../data/reported.js';
import { StudyError } from '../errors.js';

/**
 * An evaluation as reports have it.
 *
 * @throws {StudyError} `invalid-data` if it has no win rate, or no KL
 */
export function reportedPoint({
  fraction,
  step,
  metrics,
  winRate,
  outcomes,
  kl,
  otherTemperature: other,
}: RecordedEvaluation): ReportedPoint {
  if (!winRate || !outcomes || !kl) {
    throw new StudyError('invalid-data', `the evaluation at step ${step} has no win rate, or no KL.`);
  }
  return {
    fraction,
    step,
    kl,
    winRate: { ...winRate, outcomes },
    meanLength: metrics['eval_mean_length'] ?? Number.NaN,
    goldRewardMean: metrics['eval_reward'] ?? Number.NaN,
    ...reportedAgreement(metrics),
    ...(other?.winRate &&
      other.outcomes &&
      other.kl && {
        otherTemperature: {
          temperature: other.temperature,
          winRate: { ...other.winRate, outcomes: other.outcomes },
          kl: other.kl,
          meanLength: other.metrics['eval_mean_length'] ?? Number.NaN,
        },
      }),
  };
}

/** The judge's agreement with labels, as `agreementMetrics` of `@ais/pipeline` names it. */
function reportedAgreement(metrics: RecordedEvaluation['metrics']): Pick<ReportedPoint, 'agreement'> {
  const {
    eval_judge_agreement: rate,
    eval_judge_agreement_low: low = Number.NaN,
    eval_judge_agreement_high: high = Number.NaN,
    eval_judge_kappa: kappa = Number.NaN,
    eval_judge_pairs: pairs = Number.NaN,
  } = metrics;
  return rate === undefined ? {} : { agreement: { rate, low, high, kappa, pairs } };
}

/**
 * The win rate that an evaluation predicts for responses as long as the reference responses.
 *
 * @returns undefined where lengths hardly vary beside how far they are from the references', or separate wins from losses
 */
export function rateAtEqualLength({
  outcomes = [],
  responses,
}: {
  readonly outcomes?: readonly number[];
  readonly responses: readonly { readonly length: number; readonly referenceLength: number }[];
}): ReportedPoint['equalLength'] {
  try {
    const { rate, low, high, perPrompt } = lengthControlledWinRate(
      outcomes,
      responses.map(({ length }) => length),
      responses.map(({ referenceLength }) => referenceLength),
    );
    // Four digits after the point: far less than a prompt's error.
    return { rate, low, high, perPrompt: perPrompt.map((value) => Math.round(value * 1e4) / 1e4) };
  } catch (error) {
    if (error instanceof GoldEvalError && error.code === 'invalid-value') return undefined;
    throw error;
  }
}

/** The first prompts with what each policy answered at one of its evaluations. */
export function reportedSamples(
  policies: readonly { readonly title: string; readonly evaluation: RecordedEvaluation | undefined }[],
  count: number,
): ReportedSample[] {
  const asked = policies.find(({ evaluation }) => evaluation)?.evaluation?.responses ?? [];
  return asked.slice(0, count).map(({ prompt, reference, referenceReward }, index) => ({
    prompt,
    reference: {
      text: reference.trim(),
      ...(referenceReward !== undefined && { reward: referenceReward }),
    },
    responses: policies.flatMap(({ title, evaluation }) => {
      const response = evaluation?.responses[index];
      return response ? [{ method: title, text: response.text, reward: response.reward ?? Number.NaN }] : [];
    }),
  }));
}

/** Nested settings as `preference.beta` → 0.01. */
export function flattenSettings(value: object, path = ''): Record<string, string | number> {
  const flat: Record<string, string | number> = {};
  for (const [key, inner] of Object.entries(value)) {
    const name = path ? `${path}.${key}` : key;
    if (Array.isArray(inner)) flat[name] = inner.join(', ');
    else if (typeof inner === 'object' && inner !== null) Object.assign(flat, flattenSettings(inner, name));
    else if (inner !== undefined) flat[name] = typeof inner === 'number' ? inner : String(inner);
  }
  return flat;
}
