import type { MixtureStudyData, PolicyStudyData, StudyRun } from '../data/study-data.js';
import { csv } from '../report/csv.js';

/** One row per run and evaluation. */
export function pointsCsv({ runs }: Pick<PolicyStudyData, 'runs'>): string {
  return csv(
    runs.flatMap((run) =>
      run.points.map(({ fraction, step, winRate, kl, meanLength, goldRewardMean, ...more }) => ({
        ...columnsOf(run),
        fraction,
        step,
        win_rate: winRate.rate,
        win_rate_low: winRate.low,
        win_rate_high: winRate.high,
        ties: winRate.ties,
        prompts: winRate.n,
        kl: kl.mean,
        kl_standard_error: kl.standardError,
        mean_length: meanLength,
        win_rate_at_equal_length: more.equalLength?.rate ?? '',
        win_rate_at_equal_length_low: more.equalLength?.low ?? '',
        win_rate_at_equal_length_high: more.equalLength?.high ?? '',
        win_rate_by_prose: more.prose?.rate ?? '',
        other_temperature: more.otherTemperature?.temperature ?? '',
        win_rate_at_other_temperature: more.otherTemperature?.winRate.rate ?? '',
        kl_at_other_temperature: more.otherTemperature?.kl.mean ?? '',
        gold_reward: goldRewardMean,
      })),
    ),
  );
}

/** One row per run and stretch of its training. */
export function trainingCsv({ runs }: Pick<PolicyStudyData, 'runs'>): string {
  return csv(
    runs.flatMap((run) =>
      run.training.map(({ fraction, loss, accuracy, meanWeight, effectiveSampleSize }) => ({
        ...columnsOf(run),
        fraction,
        loss,
        accuracy,
        mean_weight: meanWeight ?? '',
        effective_sample_size: effectiveSampleSize ?? '',
      })),
    ),
  );
}

/** `weights`: one row per run and pair. */
export function weightsCsv({ weights = [] }: Pick<PolicyStudyData, 'weights'>): string {
  return csv(
    weights.flatMap(({ method, beta, data, seed, logWeight, goldMargin, chosenLength, rejectedLength }) =>
      logWeight.map((value, pair) => ({
        method,
        beta,
        data: data ?? '',
        seed,
        pair,
        log_weight: value,
        gold_margin: goldMargin[pair] ?? '',
        chosen_length: chosenLength[pair] ?? '',
        rejected_length: rejectedLength[pair] ?? '',
      })),
    ),
  );
}

/** fig1: one row a policy mean, with KL and each loss. */
export function mixtureCsv({ mixture }: Pick<MixtureStudyData, 'mixture'>): string {
  const { thetas, kl, muWeighted, importanceWeighted, smoothed } = mixture;
  const losses = [muWeighted, ...smoothed, importanceWeighted];
  return csv(
    thetas.map((theta, index) => ({
      theta,
      kl: kl[index] ?? '',
      ...Object.fromEntries(
        losses.flatMap(({ alpha, sampled, expected }) => [
          [`loss_alpha_${alpha}`, sampled[index] ?? ''],
          [`expected_loss_alpha_${alpha}`, expected[index] ?? ''],
        ]),
      ),
    })),
  );
}

function columnsOf({ method, beta, data, seed }: StudyRun): Record<string, string | number> {
  return { method: method.title, objective: method.objective, beta, data, seed };
}
