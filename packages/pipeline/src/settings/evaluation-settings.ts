import { z } from 'zod';
import { count, type Fields, headed, setting, whole } from './setting.js';

/** The measurements along a run. */
export interface EvaluationSettings {
  readonly points: number;
  readonly prompts: number;
  readonly klPrompts: number;
  readonly temperature: number;
}

/** The schema of each setting of evaluations. */
export const evaluationFields: Fields<EvaluationSettings> = headed('Evaluation', {
  points: setting(whole, 'Evaluations along the run after the one at its start; 0 for none.', {
    flag: '--evaluations <number>',
    brief: 'evaluations along the run',
  }),
  prompts: setting(count, 'Held-out prompts whose responses are judged.', '--evaluation-prompts <number>'),
  klPrompts: setting(
    whole,
    'How many of them the exact KL is measured on; 0 for none.',
    '--kl-prompts <number>',
  ),
  temperature: setting(
    z.number().nonnegative().default(0.01),
    'Temperature of the judged responses; 0 is greedy.',
  ),
});

/**
 * The evaluation of a training that is nearest to a share of it; of two that are as near, but for the last digits, the earlier one. Here
 * all prompts are asked (`allPromptsAt` of an `EvaluationsPlan`), and here the statistics of studies look.
 *
 * @param evaluations in the order of the training
 * @param share of the training, from 0 to 1
 * @param shareOf an evaluation's share of the training
 * @returns undefined where there are no evaluations
 * @example
 * console.log(nearestToShare([0, 3, 5, 8, 10], 0.4, (step) => step / 10)); // 3
 */
export function nearestToShare<Evaluation>(
  evaluations: readonly Evaluation[],
  share: number,
  shareOf: (evaluation: Evaluation) => number,
): Evaluation | undefined {
  let best: { readonly evaluation: Evaluation; readonly distance: number } | undefined;
  for (const evaluation of evaluations) {
    const distance = Math.abs(shareOf(evaluation) - share);
    if (!best || distance < best.distance - 1e-9) best = { evaluation, distance };
  }
  return best?.evaluation;
}
