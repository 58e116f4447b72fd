import { GoldEvalError, lengthControlledWinRate } from '@ais/gold-eval';
import type { ReportedPoint, ReportedSample } from '../report/demo-report-data.js';
import type { CorpusExample } from './corpus-stage.js';
import type { StoredEvaluation } from './evaluate-policy.js';

/** An evaluation as reports have it. */
export function reportedPoint(evaluation: StoredEvaluation): ReportedPoint {
  const { fraction, step, winRate, outcomes, kl, meanLength, meanReward } = evaluation;
  return { fraction, step, winRate: { ...winRate, outcomes }, kl, meanLength, goldRewardMean: meanReward };
}

/**
 * The win rate that an evaluation predicts for responses as long as the reference summaries.
 *
 * @param references of all prompts, in the order of the evaluation
 * @returns undefined where lengths do not vary, or separate wins from losses
 */
export function rateAtEqualLength(
  { outcomes, responses }: Pick<StoredEvaluation, 'outcomes' | 'responses'>,
  references: readonly Pick<CorpusExample, 'response'>[],
): ReportedPoint['equalLength'] {
  try {
    const { rate, low, high } = lengthControlledWinRate(
      outcomes,
      responses.map(({ length }) => length),
      references.map(({ response }) => response.length),
    );
    return { rate, low, high };
  } catch (error) {
    if (error instanceof GoldEvalError && error.code === 'invalid-value') return undefined;
    throw error;
  }
}

/** The first prompts with what each policy answered at one of its evaluations. */
export function reportedSamples(
  examples: readonly CorpusExample[],
  policies: readonly { readonly title: string; readonly evaluation: StoredEvaluation | undefined }[],
  count: number,
): ReportedSample[] {
  return examples.slice(0, count).map(({ post, summary }, index) => {
    const answers = policies.flatMap(({ title, evaluation }) => {
      const response = evaluation?.responses[index];
      return response ? [{ title, ...response }] : [];
    });
    const reward = answers[0]?.referenceReward;
    return {
      prompt: post,
      reference: { text: summary, ...(reward !== undefined && { reward }) },
      responses: answers.map(({ title, text, reward }) => ({ method: title, text, reward })),
    };
  });
}

/** Nested settings as `preference.beta` → 0.01. */
export function flattenSettings(value: object, path = ''): Record<string, string | number> {
  const flat: Record<string, string | number> = {};
  for (const [key, inner] of Object.entries(value)) {
    const name = path ? `${path}.${key}` : key;
    if (Array.isArray(inner)) flat[name] = inner.join(', ');
    else if (typeof inner === 'object' && inner !== null) Object.assign(flat, flattenSettings(inner, name));
    else if (inner !== undefined) flat[name] = inner as string | number;
  }
  return flat;
}
