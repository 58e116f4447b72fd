import { type Change, change, type Level } from './change.js';
import type { RunSeries } from './run-series.js';

/** Beyond this √KL, in nats of whole responses, a policy is far from its reference. */
export const FAR = 5;

/** The names under which a stage measures pairs in training and on held-out pairs. */
export function pairMetrics({ facts }: RunSeries): { readonly accuracy: string; readonly loss: string } {
  return facts.stage === 'reward'
    ? { accuracy: 'eval_accuracy', loss: 'eval_loss' }
    : { accuracy: 'eval_rewards/accuracies', loss: 'eval_preference_loss' };
}

/**
 * The accuracies on held-out pairs with their binomial errors; without those before the first update, where every margin of
 * a policy that starts at its reference is 0 and no pair counts as ordered.
 *
 * @returns nothing if it is not known how many pairs they are of
 */
export function heldOutAccuracies(run: RunSeries): readonly Level[] {
  const pairs = run.evaluated('eval_pairs').at(-1)?.value;
  if (pairs === undefined) return [];
  return run
    .evaluated(pairMetrics(run).accuracy)
    .filter(({ step }) => step > 0)
    .map(({ step, value }) => ({
      mean: value,
      // Not below the error of an accuracy of 1/n: all of few pairs in order is no certainty.
      standardError: Math.sqrt(Math.max(value * (1 - value), 1 / pairs) / pairs),
      from: step,
      to: step,
    }));
}

/** The win rates, with the errors that their 95 % intervals imply. */
export function winRates(run: RunSeries): readonly Level[] {
  const low = run.evaluated('eval_win_rate_low');
  const high = run.evaluated('eval_win_rate_high');
  return run.evaluated('eval_win_rate').flatMap(({ step, value }, index) => {
    const [from, to] = [low[index]?.value, high[index]?.value];
    if (from === undefined || to === undefined) return [];
    return [{ mean: value, standardError: (to - from) / (2 * 1.96), from: step, to: step }];
  });
}

/** From the first of some levels to the last; nothing for fewer than two. */
export function overall(levels: readonly Level[]): Change | undefined {
  const [first, last] = [levels[0], levels.at(-1)];
  return first && last && first !== last ? change(first, last) : undefined;
}

/** The last √KL from the reference, in nats. */
export function distance(run: RunSeries): { readonly step: number; readonly root: number } | undefined {
  const last = run.evaluated('eval_kl').at(-1);
  return last && { step: last.step, root: Math.sqrt(Math.max(0, last.value)) };
}
