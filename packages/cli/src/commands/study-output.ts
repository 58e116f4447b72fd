import type { StudyData, StudyPlanDescription, StudyStanding } from '@ais/studies';
import type { SearchData } from '@ais/studies/data';
import { count } from '../count.js';
import { formatDuration } from '../progress.js';

/** One study's data as they are, with fig1's two numbers in front; of several, a list. */
export function answer(directory: string, data: readonly StudyData[]): object {
  const [first] = data;
  if (data.length !== 1 || !first) return { directory, studies: data };
  return 'mixture' in first
    ? { correlation: first.mixture.correlation, directory, ...first }
    : { directory, ...first };
}

/** Prints the settings, the stages, and the time that a study takes. */
export function printPlan(plan: StudyPlanDescription, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(plan)}\n`);
    return;
  }
  const { studies, stages, looks, finished, expectedSeconds, unknown } = plan;
  const lines = stages.map(
    ({ state, title, folder, seconds }) =>
      `${state.padEnd(8)} ${title} → ${folder}${seconds === undefined ? '' : ` (${formatDuration(1000 * seconds)})`}`,
  );
  const standings = looks?.map(
    ({ stages: total, ...rest }, index) =>
      `${index === 0 ? 'For the first look' : `Until look ${index + 1}, if claims are open`}: ${describeStanding({ total, ...rest })}`,
  ) ?? [describeStanding({ total: stages.length, finished, expectedSeconds, unknown })];
  process.stdout.write(
    `${JSON.stringify(studies, null, 2)}\n\n${lines.join('\n')}\n\n${[...standings, ...budgetLines(plan)].join('\n')}\n`,
  );
}

/** What the judge may be asked for by all stages together, where it has a budget. */
function budgetLines({ judgeBudget }: StudyPlanDescription): string[] {
  if (!judgeBudget) return [];
  const { stages, calls, tokens } = judgeBudget;
  const most = [
    ...(calls === undefined ? [] : [count(calls, 'request')]),
    ...(tokens === undefined ? [] : [count(tokens, 'token')]),
  ];
  return [`At most ${most.join(' and ')} of the judge: the budgets of ${count(stages, 'stage')} together.`];
}

/** `3 of 9 stages done; about 12 min 5 s left`. */
export function describeStanding({ finished, total, expectedSeconds, unknown }: StudyStanding): string {
  const stages = `${finished} of ${total} stages done`;
  const left = total - finished;
  if (left === 0) return stages;
  const known = left > unknown ? [`about ${formatDuration(1000 * expectedSeconds)} left`] : [];
  const open = unknown > 0 ? [`${count(unknown, 'stage')} of unknown length`] : [];
  return `${stages}; ${[...known, ...open].join(', and ')}`;
}

/** The outcome of a search as lines of text: each rate, the means over seeds, and the choice. */
export function searchTable({ rates, falls = [], beta }: SearchData, chosen: number | undefined): string {
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  const lines = rates.map(
    ({ learningRate, seed, start, peak, peakFraction, end, fall, overOptimizes, ...rest }) =>
      `rate ${learningRate}, seed ${seed}: ${percent(start)} → ${percent(peak)} at ${percent(peakFraction)} of training → ` +
      `${percent(end)}; ${overOptimizes ? `over-optimizes (fell ${percent(fall)})` : 'no fall beyond noise'}; ` +
      `√KL ${rest.squareRootKl.toFixed(2)}; length ${rest.startLength.toFixed(1)} → ${rest.endLength.toFixed(1)}` +
      `${rest.lengthCollapsed ? ' (collapsed)' : ''}`,
  );
  const means = falls.map(
    ({ learningRate, seeds, fall, low, high }) =>
      `rate ${learningRate}, ${count(seeds, 'seed')}: the mean falls by ${percent(fall)} (${percent(low)} to ${percent(high)})`,
  );
  const choice = `The least rate at which the mean falls by 10 %: ${chosen ?? 'none of these'}`;
  return `${[`Unweighted DPO at β = ${beta}`, ...lines, ...means, choice].join('\n')}\n`;
}

/** The end of each study that trained policies, and the exact study's decomposition, as a table. */
export async function summary(data: readonly StudyData[]): Promise<string> {
  const { isMixtureStudy } = await import('@ais/studies/data');
  const { studySummary } = await import('@ais/studies/reports');
  return data
    .map((study) => (isMixtureStudy(study) ? '' : `${study.study}\n${studySummary(study)}\n\n`))
    .join('');
}
